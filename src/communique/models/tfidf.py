"""Word and character n-grams, weighted by TF-IDF, and one linear support vector machine per label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import skops.io
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from communique.codebook import Codebook
from communique.config import TfidfConfig
from communique.errors import InputError
from communique.models.calibration import Array
from communique.paragraphs import Paragraph, gold_array, indicators

NGRAMS_FILE = "ngrams.skops"
WEIGHTS_FILE = "weights.npz"
NEVER_SEEN = -10.0
"""The logit of a label without a single example in training: about one in twenty thousand."""


class Tfidf:
    """A bag of n-grams, shared by all tasks, and a hyperplane per label."""

    calibrated = True
    runtime = "scikit-learn"

    def __init__(self, codebook: Codebook, config: TfidfConfig, seed: int) -> None:
        self._codebook = codebook
        common = {"min_df": config.min_document_frequency, "sublinear_tf": True}
        words = TfidfVectorizer(ngram_range=(1, config.word_ngram_max), **common)
        lengths = (config.character_ngram_min, config.character_ngram_max)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=lengths, **common)
        self._ngrams: Any = FeatureUnion([("words", words), ("characters", characters)])
        self._svm = LinearSVC(C=config.inverse_regularisation, class_weight="balanced", random_state=seed)
        self._weights: dict[str, Array] = {}

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Fit the n-grams on all texts, each task on the paragraphs that are labelled for it."""
        del validation
        try:
            features = self._ngrams.fit_transform([paragraph.text for paragraph in train])
        except ValueError as error:  # scikit-learn's own word for no n-gram left
            raise InputError(f"no n-gram is frequent enough: lower model.min_document_frequency ({error})") from error
        for name, task in self._codebook.tasks.items():
            gold = indicators(gold_array(train, name, task), task)
            known = ~np.isnan(gold).any(axis=1)
            columns = [self._hyperplane(features[known], column) for column in gold[known].T]
            self._weights[name] = np.column_stack(columns)

    def _hyperplane(self, features: csr_matrix, gold: Array) -> Array:
        """Fit one label against the rest: its weights, and the intercept as their last."""
        if len(np.unique(gold)) < 2:  # noqa: PLR2004 one class only: nothing to learn
            return np.append(np.zeros(features.shape[1]), NEVER_SEEN if not gold.any() else -NEVER_SEEN)
        fitted = self._svm.fit(features, gold)
        return np.append(fitted.coef_, fitted.intercept_)

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Give the signed distances from each label's hyperplane."""
        features = self._ngrams.transform([paragraph.text for paragraph in paragraphs])
        return {name: features @ weights[:-1] + weights[-1] for name, weights in self._weights.items()}

    def save(self, folder: Path) -> None:
        """Write the n-grams in the skops format, which runs no code when it is read, and the weights as arrays."""
        skops.io.dump(self._ngrams, folder / NGRAMS_FILE)
        np.savez_compressed(folder / WEIGHTS_FILE, allow_pickle=False, **self._weights)

    @classmethod
    def load(cls, folder: Path, codebook: Codebook) -> Self:
        """Read back what `save` wrote."""
        tfidf = cls.__new__(cls)
        tfidf._codebook = codebook
        tfidf._ngrams = skops.io.load(folder / NGRAMS_FILE)
        with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as weights:
            tfidf._weights = dict(weights)
        return tfidf
