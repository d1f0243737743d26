"""Agreement of two annotators: Krippendorff's alpha, with intervals, per task and per label, and what they confuse.

Alpha (Krippendorff 2018, chapter 12) is one minus observed over expected disagreement. Both are functions of sums over
paragraphs, so its interval is found by the same bootstrap over articles as that of every other score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.bootstrap import Bootstrap, Interval, Score
from communique.codebook import Codebook, Task, TaskKind
from communique.config import EvaluationConfig
from communique.evaluation import confusion_counts
from communique.labelling.annotations import Annotations, differing
from communique.models.calibration import Array
from communique.paragraphs import Gold, Paragraph, gold_array, indicators

Distance = Callable[[Any, Any], float]
"""How far two annotators' values are apart: zero for equal ones, one at most."""


@dataclass(frozen=True, slots=True)
class TaskAgreement:
    """How two annotators agree on a task; `confusion` is [first × second], its labels in `confusion_labels`.

    `equal` is the share of paragraphs that both gave exactly the same label or set of labels.
    """

    alpha: Interval
    equal: float
    labels: dict[str, Interval]
    confusion: NDArray[np.int64]
    confusion_labels: tuple[str, ...]


def agreement(
    first: Annotations, second: Annotations, codebook: Codebook, config: EvaluationConfig
) -> dict[str, TaskAgreement]:
    """Compare two annotators; an InputError names a paragraph that only one of them has labelled."""
    differing(first, second)
    names = list(first)
    bootstrap = Bootstrap([name.rpartition("#")[0] for name in names], config)
    return {
        task_name: _task_agreement(
            task_name, task, [first[name][task_name] for name in names], [second[name][task_name] for name in names],
            bootstrap,
        )
        for task_name, task in codebook.tasks.items()
    }  # fmt: skip


def _task_agreement(
    name: str, task: Task, first: Sequence[Gold], second: Sequence[Gold], bootstrap: Bootstrap
) -> TaskAgreement:
    matrices = [indicators(gold_array(_as_gold(name, answers), name, task), task) for answers in (first, second)]
    distance = masi if task.kind is TaskKind.multilabel else nominal
    labels = {
        label: alpha([bool(x) for x in matrices[0][:, i]], [bool(x) for x in matrices[1][:, i]], nominal, bootstrap)
        for i, label in enumerate(task.names)
    }
    confusion, confusion_labels = confusion_counts(task, *matrices)
    equal = float(np.mean([a == b for a, b in zip(first, second, strict=True)]))
    return TaskAgreement(alpha(first, second, distance, bootstrap), equal, labels, confusion, confusion_labels)


def _as_gold(name: str, answers: Sequence[Gold]) -> list[Paragraph]:
    return [Paragraph(str(i), "", i, "", gold={name: answer}) for i, answer in enumerate(answers)]


def nominal(first: object, second: object) -> float:
    """Zero for equal values, one for different ones."""
    return float(first != second)


def masi(first: object, second: object) -> float:
    """One minus the Jaccard index times a weight for how the sets lie to each other (Passonneau 2006).

    The weight is 1 for equal sets, 2/3 where one holds the other, 1/3 where they only overlap, 0 where they don't.
    """
    a, b = (set(value) if isinstance(value, tuple) else {value} for value in (first, second))
    if a == b:
        return 0.0
    weight = 2 / 3 if a < b or b < a else 1 / 3
    return 1 - len(a & b) / len(a | b) * weight


def alpha(first: Sequence[object], second: Sequence[object], distance: Distance, bootstrap: Bootstrap) -> Interval:
    """Give Krippendorff's alpha of two annotators without missing values, and its interval.

    Perfect agreement on a single value leaves nothing to be expected: alpha is one then, by convention.
    """
    values = sorted({*first, *second}, key=str)
    between = np.array([[distance(a, b) for b in values] for a in values])
    position = {value: i for i, value in enumerate(values)}
    rows = np.zeros((len(first), len(values) + 1))
    for row, a, b in zip(rows, first, second, strict=True):
        row[0] = between[position[a], position[b]]
        row[1 + position[a]] += 1
        row[1 + position[b]] += 1
    return bootstrap.interval(_alpha_of_sums(between), rows)


def _alpha_of_sums(between: Array) -> Score:
    """Score sums [… × (observed disagreement, count of each value)]."""

    def score(sums: Array) -> Array:
        observed, counts = sums[..., 0], sums[..., 1:]
        total = counts.sum(axis=-1)
        pairs = np.maximum(total * (total - 1), 1)
        expected = ((counts @ between) * counts).sum(axis=-1) / pairs
        ratio = np.divide(
            2 * observed / np.maximum(total, 1), expected, out=np.zeros_like(expected), where=expected > 0
        )
        return np.asarray(1 - ratio)

    return score
