"""Probabilities and gold in, a Report out: scores, their intervals, each label's figures, calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from communique.bootstrap import Bootstrap, Interval, Score, calibration_error, macro_f1, mean, micro_f1
from communique.codebook import Codebook, Task, TaskKind
from communique.config import EvaluationConfig
from communique.models.calibration import Array, Decisions
from communique.paragraphs import Paragraph, gold_array, indicators

NONE = "(none)"


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
            articles = [paragraphs[int(i)].article for i in np.flatnonzero(known)]
            bootstrap = Bootstrap(articles, config)
            chosen = indicators(decisions[name].astype(float), task)[known]
            reports[name] = _task_report(
                task, bootstrap, gold[known], chosen, probabilities[name][known], bins=config.calibration_bins
            )
    return reports


def mean_macro_f1(reports: Report) -> float:
    """Average macro-F1 over the tasks: what runs are ranked by, on the validation split."""
    return float(np.mean([task.scores["macro_f1"].value for task in reports.values()]))


def score_sums(
    task: Task, gold: Array, chosen: Array, probabilities: Array, bins: int
) -> dict[str, tuple[Score, Array]]:
    """Give each score with an interval: its function, and what it needs summed, [paragraphs × columns].

    Brier is the mean square, over the labels too in a multilabel task, summed over them in a multiclass one.
    """
    counts = np.concatenate([gold * chosen, (1 - gold) * chosen, gold * (1 - chosen)], axis=1)  # tp, fp, fn
    squares = ((probabilities - gold) ** 2).sum(axis=1, keepdims=True)
    if task.kind is TaskKind.multilabel:
        squares /= len(task.names)
    return {
        "macro_f1": (macro_f1, counts),
        "micro_f1": (micro_f1, counts),
        "expected_calibration_error": (calibration_error, _bin_sums(task, gold, probabilities, bins)),
        "brier": (mean, np.hstack([squares, np.ones_like(squares)])),
    }


def _task_report(
    task: Task, bootstrap: Bootstrap, gold: Array, chosen: Array, probabilities: Array, *, bins: int
) -> TaskReport:
    sums = score_sums(task, gold, chosen, probabilities, bins)
    labels = _label_reports(task, gold, chosen, probabilities)
    precisions = [label.average_precision for label in labels.values() if label.average_precision is not None]
    confusion, names = confusion_counts(task, gold, chosen)
    return TaskReport(
        paragraphs=len(gold),
        scores={name: bootstrap.interval(score, rows) for name, (score, rows) in sums.items()},
        labels=labels,
        average_precision=float(np.mean(precisions)) if precisions else None,
        reliability=_reliability(sums["expected_calibration_error"][1].sum(axis=0)),
        confusion=confusion,
        confusion_labels=names,
    )


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
            average_precision=_average_precision(gold[:, column], probabilities[:, column]) if ranked else None,
        )
    return labels


def _average_precision(gold: Array, probabilities: Array) -> float:
    from sklearn.metrics import average_precision_score  # a second to import, for a run that may end at its input

    return float(average_precision_score(gold, probabilities))


def confusion_counts(task: Task, gold: Array, chosen: Array) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Count gold against predicted.

    In a multilabel task a hit counts on the diagonal; each missed label counts against each spurious one of the same
    paragraph, or against none where there is no other; no labels on either side count as a hit of none.
    """
    if task.kind is TaskKind.multiclass:
        return np.asarray(gold.T @ chosen, dtype=np.int64), task.names
    none = len(task.names)
    matrix = np.zeros((none + 1, none + 1), dtype=np.int64)
    for wanted, got in zip(gold.astype(bool), chosen.astype(bool), strict=True):
        for hit in np.flatnonzero(wanted & got):
            matrix[hit, hit] += 1
        missed, spurious = np.flatnonzero(wanted & ~got), np.flatnonzero(got & ~wanted)
        if not wanted.any() and not got.any():
            matrix[none, none] += 1
        elif len(missed) or len(spurious):
            rows = missed if len(missed) else np.array([none])
            columns = spurious if len(spurious) else np.array([none])
            matrix[np.ix_(rows, columns)] += 1
    return matrix, (*task.names, NONE)
