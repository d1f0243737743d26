"""Paragraphs for the teacher to label, made from pieces of the training split's.

A student that sees the teacher's answers on the labelled paragraphs alone learns little from them that the labels don't
say; it takes many more texts (Tang et al. 2019, who vary words; pieces of two paragraphs put together are ours).
"""

import random
import re
from collections.abc import Sequence

from communique.paragraphs import Paragraph

_CUT = re.compile(r"(?<=[,;:.!?—”\"])\s+")
_NAME = re.compile(r"(?:[A-Z][\w’'-]+)(?:\s+(?:of|the|for|and)?\s*[A-Z][\w’'-]+)*")
SHORTEST = 4
"""Words that a piece of a paragraph has at least."""


class Variations:
    """Makes new paragraphs, each by one of four ways, by the seed the same ones every time."""

    def __init__(self, paragraphs: Sequence[Paragraph], replaced: float, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 nothing secret
        self._replaced = replaced
        self._texts = sorted({p.text for p in paragraphs})
        self._pairs = [p for p in paragraphs if p.target is not None]
        self._words = [word for text in self._texts for word in text.split()]

    def make(self, count: int, pairs: int) -> list[Paragraph]:
        """Give so many paragraphs, and so many more that ask for the stance of one side toward another."""
        ways = (self._joined, self._joined, self._piece, self._varied)
        texts = [self._random.choice(ways)(self._random.choice(self._texts)) for _ in range(count)]
        made = [Paragraph(f"variation#{i}", "variation", i, text) for i, text in enumerate(texts, start=1)]
        asked = (self._other_words if self._pairs and i % 2 else self._other_names for i in range(pairs))
        return made + [paragraph for ask in asked if (paragraph := ask()) is not None]

    def _joined(self, text: str) -> str:
        """Put a beginning of one paragraph before an end of another."""
        first, second = _CUT.split(text), _CUT.split(self._random.choice(self._texts))
        return " ".join(first[: self._random.randint(1, len(first))] + second[self._random.randrange(len(second)) :])

    def _piece(self, text: str) -> str:
        words = text.split()
        length = max(SHORTEST, round(len(words) * self._random.uniform(0.4, 1.0)))
        start = self._random.randint(0, max(0, len(words) - length))
        return " ".join(words[start : start + length])

    def _varied(self, text: str, kept: str = "") -> str:
        """Replace words by words from anywhere, but for those in `kept`."""
        return " ".join(
            self._random.choice(self._words) if self._random.random() < self._replaced and word not in kept else word
            for word in text.split()
        )

    def _other_words(self) -> Paragraph:
        """Ask the same of a labelled pair's text with other words, or, now and then, the other way round."""
        pair = self._random.choice(self._pairs)
        source, target = pair.source, pair.target
        if source and self._random.random() < 0.3:  # noqa: PLR2004 three in ten
            source, target = target, source
        text = self._varied(pair.text, kept=f"{source} {target}")
        return Paragraph("variation", "variation", 1, text, source=source, target=target)

    def _other_names(self) -> Paragraph | None:
        """Ask for two names of a text; None where it has no two."""
        text = self._random.choice(self._texts)
        names = sorted(set(_NAME.findall(text)))
        if len(names) < 2:  # noqa: PLR2004
            return None
        source, target = self._random.sample(names, 2)
        return Paragraph("variation", "variation", 1, text, source=source, target=target)
