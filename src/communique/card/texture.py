"""Is every paragraph written for itself? Near-duplicates, distinct n-grams, sentence lengths."""

import re
from collections.abc import Sequence
from random import Random

import numpy as np

from communique.models.calibration import Array

WORD = re.compile(r"\w+(?:[’'-]\w+)*")
SENTENCE_END = re.compile(r"(?<=[.!?…])[”\"’')]*\s+(?=[“\"‘'(]*[A-ZÀ-Þ0-9])")
ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Gen|Col|Capt|Lt|Sgt|St|No|Sen|Rep|Gov|Prof|[A-Z])\.$")


def words(text: str) -> list[str]:
    """Give a text's words in lower case, without punctuation."""
    return [word.lower() for word in WORD.findall(text)]


def distinct(texts: Sequence[str], n: int, tokens: int, seed: int) -> float:
    """Share of different n-grams among all n-grams of a sample of texts with so many words in all (Li et al. 2016).

    The share falls with the number of words, so corpora must be compared at the same one. N-grams don't cross texts.
    """
    order = list(texts)
    Random(seed).shuffle(order)  # noqa: S311 no secret
    seen: set[tuple[str, ...]] = set()
    grams = read = 0
    for text in order:
        given = words(text)[: tokens - read]
        read += len(given)
        own = [tuple(given[i : i + n]) for i in range(len(given) - n + 1)]
        seen.update(own)
        grams += len(own)
        if read >= tokens:
            break
    return len(seen) / max(grams, 1)


def sentences(text: str) -> list[str]:
    """Split a text into sentences, by punctuation before a capital; common abbreviations don't end one."""
    parts: list[str] = []
    for part in SENTENCE_END.split(text):
        if parts and ABBREVIATION.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def sentence_lengths(texts: Sequence[str]) -> Array:
    """Count the words of every sentence."""
    return np.array([len(words(sentence)) for text in texts for sentence in sentences(text)], dtype=float)
