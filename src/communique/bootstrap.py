"""Scores and their intervals, by a bootstrap over articles.

Every score here is a function of sums over paragraphs. So the sums are taken once per article, and a resample is a row
of a matrix product: how often each article was drawn, times the articles' sums. Articles are drawn, not paragraphs:
those of one article share their story, and drawing them one by one would make the intervals too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

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


Score = Callable[[Array], Array]
"""From sums [… × columns] to scores […]."""


class Bootstrap:
    """The same resamples of the articles for every score, so that scores can be compared."""

    def __init__(self, articles: ArrayLike, config: EvaluationConfig) -> None:
        names, self._position = np.unique(articles, return_inverse=True)
        n = len(names)
        chance = np.random.default_rng(config.seed)
        self._draws = chance.multinomial(n, np.full(n, 1 / n), size=config.resamples).astype(float)
        self._tail = (1 - config.confidence) / 2
        self._seed = config.seed

    def interval(self, score: Score, *sums: Array) -> Interval:
        """Score the whole split and find the interval.

        Each of `sums` is [paragraphs × whatever the score needs] of one run. With several runs (seeds) on the same
        paragraphs the score is their average, and a resample draws runs as well as articles: the interval then holds
        the chance of the seeds too.
        """
        return self._interval(*self._averages(score, sums, stream=0))

    def difference(self, score: Score, first: Sequence[Array], second: Sequence[Array]) -> tuple[Interval, float]:
        """Compare two models on the same paragraphs, each with its runs: first minus second, and a two-sided p.

        A paired bootstrap: both are scored on the same resamples of articles, each with its own draw of runs. p is
        twice the share of resamples on the smaller side of zero, never below one in the number of resamples (Efron and
        Tibshirani 1993, chapter 16).
        """
        value_a, a = self._averages(score, first, stream=1)
        value_b, b = self._averages(score, second, stream=2)
        differences = a - b
        smaller = min((differences <= 0).sum(), (differences >= 0).sum())
        p = min(1.0, 2 * (smaller + 1) / (len(differences) + 1))
        return self._interval(value_a - value_b, differences), float(p)

    def _averages(self, score: Score, runs: Sequence[Array], stream: int) -> tuple[float, Array]:
        """Give the score on the whole split and on every resample, averaged over the runs, all or as drawn."""
        values, resampled = [], []
        for sums in runs:
            per_article = np.zeros((self._draws.shape[1], sums.shape[1]))
            np.add.at(per_article, self._position, sums)
            values.append(float(score(per_article.sum(axis=0))))
            resampled.append(score(self._draws @ per_article))
        n = len(runs)
        chance = np.random.default_rng([self._seed, stream])
        drawn = chance.multinomial(n, np.full(n, 1 / n), size=len(self._draws)).T / n
        return float(np.mean(values)), (drawn * np.array(resampled)).sum(axis=0)

    def _interval(self, value: float, resampled: Array) -> Interval:
        low, high = np.quantile(resampled, [self._tail, 1 - self._tail])
        return Interval(value, float(low), float(high))


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
