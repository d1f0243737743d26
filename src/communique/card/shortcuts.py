"""What can be guessed without reading: classifiers that see only a text's length, first word, names or article."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from communique.card.texture import WORD
from communique.codebook import Codebook, Task, TaskKind
from communique.corpora import Corpus
from communique.models.calibration import Array
from communique.paragraphs import Paragraph, gold_array

Features = dict[str, float]
CONSTANT: Features = {"": 1.0}
"""A text may have no feature at all."""


def length(paragraph: Paragraph) -> Features:
    """How long the text is: words, characters, and both on a logarithmic scale."""
    count = len(WORD.findall(paragraph.text))
    return {"words": count, "log": float(np.log1p(count)), "characters": len(paragraph.text), "short": count < 12}  # noqa: PLR2004


def first_word(paragraph: Paragraph) -> Features:
    """The text's first word."""
    found = WORD.search(paragraph.text)
    return {found[0].lower() if found else "": 1.0}


def names(paragraph: Paragraph) -> Features:
    """The words with a capital inside a sentence: who and where, without what."""
    text = paragraph.text
    return {
        match[0]: 1.0
        for match in WORD.finditer(text)
        if match[0][0].isupper() and text[: match.start()].rstrip(" “\"‘'(—-")[-1:] not in {"", ".", "!", "?", "…", ":"}
    }


def article(paragraph: Paragraph) -> Features:
    """The article's id: of no use as long as no article stands in two splits."""
    return {paragraph.article: 1.0}


VIEWS: Mapping[str, Callable[[Paragraph], Features]] = {
    "length": length,
    "first word": first_word,
    "names": names,
    "article": article,
}


@dataclass(frozen=True, slots=True)
class Guessed:
    """Macro-F1 of a classifier that sees one thing alone; `chance` where it sees that of other paragraphs."""

    score: float
    chance: float


def shortcut_scores(corpus: Corpus, shuffles: int, seed: int) -> dict[str, dict[str, Guessed]]:
    """Score on the test split the majority, and a logistic regression that sees one view alone in training too.

    {view: {task: …}}. The majority's macro-F1 is no fair floor for a classifier that is free to guess: guessing three
    labels at their rates has more. Chance is what the same classifier reaches when each paragraph has the features of
    another of its split, averaged over so many shuffles; the labels stay where they are. A view that does no better
    than that is harmless.
    """
    scores = {
        "majority": {name: Guessed(*2 * [_majority(corpus, name, task)]) for name, task in _tasks(corpus.codebook)}
    }
    for view, features in VIEWS.items():
        scores[view] = {
            name: _guessed(corpus, name, task, features, shuffles, seed) for name, task in _tasks(corpus.codebook)
        }
    return scores


def _guessed(
    corpus: Corpus, name: str, task: Task, view: Callable[[Paragraph], Features], shuffles: int, seed: int
) -> Guessed:
    train, test = _parts(corpus, name)
    gold = gold_array(train, name, task), gold_array(test, name, task)
    seen = [view(p) for p in train], [view(p) for p in test]
    random = np.random.default_rng(seed)
    chances = []
    for _ in range(shuffles):
        shuffled = [[part[i] for i in random.permutation(len(part))] for part in seen]
        chances.append(_score(task, (shuffled[0], shuffled[1]), gold))
    return Guessed(_score(task, seen, gold), float(np.mean(chances)))


def _tasks(codebook: Codebook) -> Sequence[tuple[str, Task]]:
    return list(codebook.tasks.items())


def _parts(corpus: Corpus, name: str) -> tuple[list[Paragraph], list[Paragraph]]:
    """Give the paragraphs themselves, their pairs left out, unless the corpus has nothing but pairs."""
    parts = [[p for p in part if p.gold[name] is not None] for part in (corpus.train, corpus.test)]
    train, test = ([p for p in part if p.pair is None] or part for part in parts)
    return train, test


def _score(task: Task, seen: tuple[list[Features], list[Features]], gold: tuple[Array, Array]) -> float:
    regression = LogisticRegression(max_iter=2000)
    model = MultiOutputClassifier(regression) if task.kind is TaskKind.multilabel else regression
    pipeline = make_pipeline(DictVectorizer(), MaxAbsScaler(), model)
    train, test = ([features | CONSTANT for features in part] for part in seen)
    pipeline.fit(train, gold[0])
    return float(f1_score(gold[1], pipeline.predict(test), average="macro", zero_division=0))


def _majority(corpus: Corpus, name: str, task: Task) -> float:
    train, test = _parts(corpus, name)
    model = DummyClassifier().fit(np.zeros((len(train), 1)), gold_array(train, name, task))
    predicted = model.predict(np.zeros((len(test), 1)))
    return float(f1_score(gold_array(test, name, task), predicted, average="macro", zero_division=0))
