"""What can be guessed without reading: classifiers that see only a text's length, first word, names or article."""

from collections.abc import Callable, Mapping, Sequence

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
from communique.paragraphs import Paragraph, gold_array

Features = dict[str, float]


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


def shortcut_scores(corpus: Corpus) -> dict[str, dict[str, float]]:
    """Give macro-F1 on the test split of a logistic regression on each view alone, and of the majority.

    {view: {task: macro-F1}}, trained on the training split. A view that does no better than the majority is harmless.
    """
    scores = {"majority": {name: _majority(corpus, name, task) for name, task in _tasks(corpus.codebook)}}
    for view, features in VIEWS.items():
        scores[view] = {name: _score(corpus, name, task, features) for name, task in _tasks(corpus.codebook)}
    return scores


def _tasks(codebook: Codebook) -> Sequence[tuple[str, Task]]:
    return list(codebook.tasks.items())


def _parts(corpus: Corpus, name: str) -> tuple[list[Paragraph], list[Paragraph]]:
    """Give the paragraphs themselves, their pairs left out, unless the corpus has nothing but pairs."""
    parts = [[p for p in part if p.gold[name] is not None] for part in (corpus.train, corpus.test)]
    train, test = ([p for p in part if p.pair is None] or part for part in parts)
    return train, test


def _score(corpus: Corpus, name: str, task: Task, features: Callable[[Paragraph], Features]) -> float:
    train, test = _parts(corpus, name)
    regression = LogisticRegression(max_iter=2000)
    model = MultiOutputClassifier(regression) if task.kind is TaskKind.multilabel else regression
    pipeline = make_pipeline(DictVectorizer(), MaxAbsScaler(), model)
    constant: Features = {"": 1.0}  # a text may have no feature at all
    pipeline.fit([features(p) | constant for p in train], gold_array(train, name, task))
    predicted = pipeline.predict([features(p) | constant for p in test])
    return float(f1_score(gold_array(test, name, task), predicted, average="macro", zero_division=0))


def _majority(corpus: Corpus, name: str, task: Task) -> float:
    train, test = _parts(corpus, name)
    model = DummyClassifier().fit(np.zeros((len(train), 1)), gold_array(train, name, task))
    predicted = model.predict(np.zeros((len(test), 1)))
    return float(f1_score(gold_array(test, name, task), predicted, average="macro", zero_division=0))
