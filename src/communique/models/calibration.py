"""From a model's logits to probabilities that can be believed, and from these to labels.

All is fitted on the validation split: a scale and a shift that make the probabilities honest (Platt 1999, shared by all
labels of a task, since a rare label has too few validation rows for its own; temperature scaling, Guo et al. 2017, for
multiclass tasks), then a threshold per label of a multilabel task.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

from communique.codebook import Task, TaskKind

Array = NDArray[np.float64]
Decisions = NDArray[np.int64]

THRESHOLDS = np.arange(5, 96) / 100


@dataclass(frozen=True)
class Calibration:
    """What was fitted for one task. `thresholds` has a value per label; a multiclass task has none."""

    scale: float
    shift: float
    thresholds: tuple[float, ...]

    @classmethod
    def unfitted(cls, task: Task) -> Self:
        """Take the logits as they are, and one half as every threshold."""
        return cls(1.0, 0.0, (0.5,) * len(task.names) if task.kind is TaskKind.multilabel else ())

    @classmethod
    def fit(cls, task: Task, logits: Array, gold: Array, prior_rows: float) -> Self:
        """Fit on logits [n × labels] and gold as of `gold_array`; rows without gold are left out.

        Without any labelled row nothing can be fitted, and all stays as in `unfitted`.
        """
        known = ~np.isnan(gold).any(axis=1) if gold.ndim > 1 else gold >= 0
        multilabel = task.kind is TaskKind.multilabel
        unfitted = cls.unfitted(task)
        if not known.any():
            return unfitted
        scale, shift = _fit_scale_and_shift(logits[known], gold[known], multilabel)
        scaled = cls(scale, shift, unfitted.thresholds)
        if not multilabel:
            return scaled
        thresholds = _fit_thresholds(scaled.probabilities(logits[known]), gold[known], prior_rows)
        return cls(scale, shift, tuple(float(threshold) for threshold in thresholds))

    @classmethod
    def from_dict(cls, saved: Mapping[str, object]) -> Self:
        """Read back what `to_dict` gave."""
        values = dict(saved)
        return cls(float(values["scale"]), float(values["shift"]), tuple(values["thresholds"]))  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return asdict(self)

    def probabilities(self, logits: Array) -> Array:
        """Turn logits [n × labels] into probabilities of the same shape; a multiclass task's rows sum to one."""
        scaled = self.scale * np.asarray(logits, dtype=np.float64) + self.shift
        return expit(scaled) if self.thresholds else softmax(scaled, axis=1)


def decide(thresholds: tuple[float, ...], probabilities: Array) -> Decisions:
    """Choose labels: [n × labels] of 0 and 1 by threshold; without thresholds the likeliest label, [n] positions."""
    if thresholds:
        return (probabilities >= np.asarray(thresholds)).astype(np.int64)
    return np.asarray(probabilities.argmax(axis=1))


def _fit_scale_and_shift(logits: Array, gold: Array, multilabel: bool) -> tuple[float, float]:
    """Minimise the negative log-likelihood; the scale is kept positive so that the ranking stays."""
    rows = np.arange(len(logits))

    def loss(parameters: Array) -> float:
        scaled = np.exp(parameters[0]) * logits
        if not multilabel:
            return float(-log_softmax(scaled, axis=1)[rows, gold.astype(int)].mean())
        scaled = scaled + parameters[1]
        return float(np.logaddexp(0, np.where(gold == 1, -scaled, scaled)).mean())

    start = np.zeros(2 if multilabel else 1)
    bounds = [(-5.0, 5.0), (-20.0, 20.0)][: len(start)]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(best[0])), float(best[1]) if multilabel else 0.0


def _fit_thresholds(probabilities: Array, gold: Array, prior_rows: float) -> Array:
    """Find per label the threshold of the best F1, where all labels' counts weigh in as `prior_rows` rows."""
    chosen = probabilities[None] >= THRESHOLDS[:, None, None]  # thresholds × rows × labels
    hits = (chosen & (gold == 1)).sum(axis=1).astype(float)
    total = chosen.sum(axis=1) + gold.sum(axis=0)  # 2 tp + fp + fn
    weight = prior_rows / max(gold.sum(), 1.0)
    hits += weight * hits.sum(axis=1, keepdims=True)
    total = total + weight * total.sum(axis=1, keepdims=True)
    return np.asarray(THRESHOLDS[(2 * hits / np.maximum(total, 1e-12)).argmax(axis=0)])
