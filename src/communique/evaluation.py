"""Probabilities and gold in, a Report out: scores, their intervals, each label's figures, calibration.

Everything with an interval is a function of sums over paragraphs. So the sums are taken once per article, and a
bootstrap over articles is a product of two matrices: how often each article was drawn, times its sums.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from communique.codebook import Codebook, Task, TaskKind
from communique.config import EvaluationConfig
from communique.models.calibration import Array, Decisions
from communique.paragraphs import Paragraph, gold_array, indicators

NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Interval:
    """A score on the split, and where it lies in the middle share (95%) of the bootstrap's resamples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As tables print it: `0.712 [0.655, 0.768]`."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One label's figures; `support` is how many paragraphs carry it in the gold."""

    precision: float
    recall: float
    f1: float
    support: int
    average_precision: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Per bin of predicted probability: its mean, the share that came true, and how many fell into it."""

    predicted: Array
    observed: Array
    count: Array


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task's scores on one split.

    `confusion` is [gold × predicted], its labels in `confusion_labels`.
    """

    paragraphs: int
    scores: dict[str, Interval]
    labels: dict[str, LabelReport]
    average_precision: float | None
    reliability: Reliability
    confusion: NDArray[np.int64]
    confusion_labels: tuple[str, ...]

    def metrics(self) -> dict[str, float]:
        """Flatten: {"macro_f1": …, "macro_f1/low": …, "macro_f1/high": …, "ACCUSE/f1": …, …}."""
        flat: dict[str, float] = {"paragraphs": self.paragraphs}
        for name, score in self.scores.items():
            flat |= {name: score.value, f"{name}/low": score.low, f"{name}/high": score.high}
        if self.average_precision is not None:
            flat["average_precision"] = self.average_precision
        for name, label in self.labels.items():
            flat |= {
                f"{name}/precision": label.precision,
                f"{name}/recall": label.recall,
                f"{name}/f1": label.f1,
            }
            flat[f"{name}/support"] = label.support
            if label.average_precision is not None:
                flat[f"{name}/average_precision"] = label.average_precision
        return flat


Report = dict[str, TaskReport]


def report(
    paragraphs: Sequence[Paragraph],
    codebook: Codebook,
    probabilities: Mapping[str, Array],
    decisions: Mapping[str, Decisions],
    config: EvaluationConfig,
) -> Report:
    """Score every task that the paragraphs are labelled for; a task without gold is left out."""
    reports = {}
    for name, task in codebook.tasks.items():
        gold = indicators(gold_array(paragraphs, name, task), task)
        known = ~np.isnan(gold).any(axis=1)
        if known.any():
            articles = np.array([paragraph.article for paragraph in paragraphs])[known]
            chosen = indicators(decisions[name].astype(float), task)[known]
            reports[name] = _task_report(task, articles, gold[known], chosen, probabilities[name][known], config=config)
    return reports


def mean_macro_f1(reports: Report) -> float:
    """Average macro-F1 over the tasks: what runs are ranked by, on the validation split."""
    return float(np.mean([task.scores["macro_f1"].value for task in reports.values()]))


def _task_report(
    task: Task,
    articles: NDArray[np.str_],
    gold: Array,
    chosen: Array,
    probabilities: Array,
    config: EvaluationConfig,
) -> TaskReport:
    counts = np.concatenate([gold * chosen, (1 - gold) * chosen, gold * (1 - chosen)], axis=1)  # tp, fp, fn
    bins = _bin_sums(task, gold, probabilities, config.calibration_bins)
    squares = ((probabilities - gold) ** 2).sum(axis=1, keepdims=True)
    if task.kind is TaskKind.multilabel:
        squares /= len(task.names)
    draws = _draws(articles, config)
    scores = {
        "macro_f1": _interval(macro_f1, counts, articles, draws, config),
        "micro_f1": _interval(micro_f1, counts, articles, draws, config),
        "expected_calibration_error": _interval(_calibration_error, bins, articles, draws, config),
        "brier": _interval(_mean, np.hstack([squares, np.ones_like(squares)]), articles, draws, config),
    }
    labels = _label_reports(task, gold, chosen, probabilities)
    precisions = [label.average_precision for label in labels.values() if label.average_precision is not None]
    average_precision = float(np.mean(precisions)) if precisions else None
    confusion, names = _confusion(task, gold, chosen)
    return TaskReport(len(gold), scores, labels, average_precision, _reliability(bins.sum(axis=0)), confusion, names)


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


def _mean(sums: Array) -> Array:
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1))


def _calibration_error(sums: Array) -> Array:
    """Average |predicted - observed| over the bins, weighted by their counts (Naeini et al. 2015)."""
    predicted, observed, count = np.split(sums, 3, axis=-1)
    return np.asarray(np.abs(predicted - observed).sum(axis=-1) / np.maximum(count.sum(axis=-1), 1))


def _bin_sums(task: Task, gold: Array, probabilities: Array, bins: int) -> Array:
    """Sum per paragraph and bin: predicted probabilities, what came true, and counts: [paragraphs × 3 bins].

    A multilabel task puts every label's probability into a bin, a multiclass task that of the chosen label.
    """
    if task.kind is TaskKind.multiclass:
        top = probabilities.argmax(axis=1, keepdims=True)
        probabilities, gold = np.take_along_axis(probabilities, top, 1), np.take_along_axis(gold, top, 1)
    position = np.minimum((probabilities * bins).astype(int), bins - 1)
    inside = position[:, :, None] == np.arange(bins)
    parts = [(values[:, :, None] * inside).sum(axis=1) for values in (probabilities, gold, np.ones_like(gold))]
    return np.concatenate(parts, axis=1)


def _reliability(sums: Array) -> Reliability:
    predicted, observed, count = np.split(sums, 3)
    filled = count > 0
    return Reliability(predicted[filled] / count[filled], observed[filled] / count[filled], count[filled])


def _draws(articles: NDArray[np.str_], config: EvaluationConfig) -> Array:
    """Draw as many articles as there are, with replacement: [resamples × articles], how often each was drawn."""
    n = len(np.unique(articles))
    return np.random.default_rng(config.seed).multinomial(n, np.full(n, 1 / n), size=config.resamples).astype(float)


def _interval(
    score: Callable[[Array], Array],
    sums: Array,
    articles: NDArray[np.str_],
    draws: Array,
    config: EvaluationConfig,
) -> Interval:
    names, position = np.unique(articles, return_inverse=True)
    per_article = np.zeros((len(names), sums.shape[1]))
    np.add.at(per_article, position, sums)
    tail = (1 - config.confidence) / 2
    low, high = np.quantile(score(draws @ per_article), [tail, 1 - tail])
    return Interval(float(score(per_article.sum(axis=0))), float(low), float(high))


def _label_reports(task: Task, gold: Array, chosen: Array, probabilities: Array) -> dict[str, LabelReport]:
    labels = {}
    for column, name in enumerate(task.names):
        hits = float((gold[:, column] * chosen[:, column]).sum())
        predicted, support = float(chosen[:, column].sum()), float(gold[:, column].sum())
        ranked = task.kind is TaskKind.multilabel and support > 0
        labels[name] = LabelReport(
            precision=hits / predicted if predicted else 0.0,
            recall=hits / support if support else 0.0,
            f1=2 * hits / (predicted + support) if predicted + support else 0.0,
            support=int(support),
            average_precision=float(average_precision_score(gold[:, column], probabilities[:, column]))
            if ranked
            else None,
        )
    return labels


def _confusion(task: Task, gold: Array, chosen: Array) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Count gold against predicted.

    In a multilabel task a hit counts on the diagonal; each missed label counts against each spurious one of the same
    paragraph, or against none where there is no other; no labels on either side count as a hit of none.
    """
    if task.kind is TaskKind.multiclass:
        return (gold.T @ chosen).astype(np.int64), task.names
    none = len(task.names)
    matrix = np.zeros((none + 1, none + 1), dtype=np.int64)
    for wanted, got in zip(gold.astype(bool), chosen.astype(bool), strict=True):
        for hit in np.flatnonzero(wanted & got):
            matrix[hit, hit] += 1
        missed, spurious = np.flatnonzero(wanted & ~got), np.flatnonzero(got & ~wanted)
        if not wanted.any() and not got.any():
            matrix[none, none] += 1
        elif len(missed) or len(spurious):
            matrix[np.ix_(missed if len(missed) else [none], spurious if len(spurious) else [none])] += 1
    return matrix, (*task.names, NONE)
