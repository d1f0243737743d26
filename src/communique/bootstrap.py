"""Scores and their intervals, by a bootstrap over articles.

Every score here is a function of sums over paragraphs. So the sums are taken once per article, and a resample is a row
of a matrix product: how often each article was drawn, times the articles' sums. Articles are drawn, not paragraphs:
those of one article share their story, and drawing them one by one would make the intervals too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from communique.config import EvaluationConfig
from communique.models.calibration import Array


@dataclass(frozen=True, slots=True)
class Interval:
    """A score on the split, and where it lies in the middle share (95%) of the bootstrap's resamples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As tables print it: `0.712 [0.655, 0.768]`."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Bootstrap:
    """The same resamples of the articles for every score, so that scores can be compared."""

    def __init__(self, articles: Sequence[str], config: EvaluationConfig) -> None:
        names, self._position = np.unique(articles, return_inverse=True)
        n = len(names)
        chance = np.random.default_rng(config.seed)
        self._draws = chance.multinomial(n, np.full(n, 1 / n), size=config.resamples).astype(float)
        self._tail = (1 - config.confidence) / 2

    def interval(self, score: Callable[[Array], Array], sums: Array) -> Interval:
        """Score the whole split and every resample; `sums` is [paragraphs × whatever the score needs]."""
        per_article = np.zeros((self._draws.shape[1], sums.shape[1]))
        np.add.at(per_article, self._position, sums)
        low, high = np.quantile(score(self._draws @ per_article), [self._tail, 1 - self._tail])
        return Interval(float(score(per_article.sum(axis=0))), float(low), float(high))


def macro_f1(sums: Array) -> Array:
    """Average F1 over the labels that occur in gold or prediction; sums [… × (tp, fp, fn of each label)].

    A label that neither has has no F1 and is left out, in a resample as in the whole split.
    """
    hits, spurious, missed = np.split(sums, 3, axis=-1)
    total = 2 * hits + spurious + missed
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return np.asarray(f1.sum(axis=-1) / np.maximum((total > 0).sum(axis=-1), 1))


def micro_f1(sums: Array) -> Array:
    """Take F1 over all labels' decisions together; in a multiclass task that is the accuracy."""
    hits, spurious, missed = (part.sum(axis=-1) for part in np.split(sums, 3, axis=-1))
    return np.asarray(2 * hits / np.maximum(2 * hits + spurious + missed, 1))


def mean(sums: Array) -> Array:
    """Average; sums [… × (total, count)]."""
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


def calibration_error(sums: Array) -> Array:
    """Average |predicted - observed| over the bins, weighted by their counts (Naeini et al. 2015).

    Sums are [… × (predicted, observed, count of each bin)].
    """
    predicted, observed, count = np.split(sums, 3, axis=-1)
    return np.asarray(np.abs(predicted - observed).sum(axis=-1) / np.maximum(count.sum(axis=-1), 1))
