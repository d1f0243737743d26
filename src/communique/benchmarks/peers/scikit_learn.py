"""The peer of TF-IDF: the same n-grams in scikit-learn with its defaults."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from communique.benchmarks.peers.peer import Peer
from communique.codebook import Codebook, TaskKind
from communique.config import CalibrationConfig, TfidfConfig
from communique.models import Classifier
from communique.models.calibration import Array
from communique.paragraphs import Paragraph, gold_array, indicators

NEVER_SEEN = -10.0
"""The logit of a class that training has no example of, as in ours."""


class SklearnDefaults(Peer):
    """The n-grams are counted once for all tasks, as in ours: what differs are the settings and the code."""

    def __init__(self, codebook: Codebook, config: TfidfConfig) -> None:
        self._codebook = codebook
        words = TfidfVectorizer(ngram_range=(1, config.word_ngram_max))
        lengths = (config.character_ngram_min, config.character_ngram_max)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=lengths)
        self._ngrams: Any = FeatureUnion([("words", words), ("characters", characters)])
        self._svms: dict[str, Any] = {
            name: OneVsRestClassifier(LinearSVC()) if task.kind is TaskKind.multilabel else LinearSVC()
            for name, task in codebook.tasks.items()
        }

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Fit the n-grams on all texts, each task on the paragraphs that are labelled for it."""
        del validation
        features = self._ngrams.fit_transform([p.text for p in train])
        for name, task in self._codebook.tasks.items():
            gold = gold_array(train, name, task)
            known = ~np.isnan(indicators(gold, task)).any(axis=1)
            with warnings.catch_warnings(action="ignore", category=UserWarning):  # a label without an example
                self._svms[name].fit(features[known], gold[known].astype(int))

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Give what the decision functions give, a column a label."""
        features = self._ngrams.transform([p.text for p in paragraphs])
        return {
            name: columns(self._svms[name].decision_function(features), self._svms[name].classes_, len(task.names))
            for name, task in self._codebook.tasks.items()
        }


def sklearn_defaults(codebook: Codebook, config: TfidfConfig, calibration: CalibrationConfig) -> Classifier:
    """Give the peer with our calibration and thresholds behind it."""
    return Classifier(codebook, SklearnDefaults(codebook, config), "scikit-learn", calibration.threshold_prior_rows)


def columns(scores: Array, classes: Sequence[int], width: int) -> Array:
    """Put the scores into the columns of their classes; of two classes scikit-learn gives the second's alone."""
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    filled = np.full((len(scores), width), NEVER_SEEN)
    filled[:, classes] = scores
    return filled
