"""Answers in one codebook's labels, read as another's: how a model is measured on a corpus it was not made for."""

from collections.abc import Mapping

import numpy as np

from communique.codebook import Codebook, Task, TaskKind
from communique.models.calibration import Array, Decisions

Answers = tuple[dict[str, Array], dict[str, Decisions]]
"""Probabilities and decisions by task, as `Classifier.predict` and `decide` give them."""


def read_as(
    theirs: Codebook, probabilities: Mapping[str, Array], decisions: Mapping[str, Decisions], ours: Codebook
) -> Answers:
    """Turn answers in the labels of `theirs` into answers in those of `ours`, for each of its tasks.

    Several labels that are read as one: the likeliest counts where they don't exclude each other, their sum where they
    do. Where one label must be chosen out of a multilabel task's, it is the likeliest, whatever its threshold, and the
    probabilities are scaled to sum to one.
    """
    mapped: Answers = ({}, {})
    for name, reading in ours.read(theirs).items():
        source, target = theirs.tasks[name], ours.tasks[name]
        merged = _merge(probabilities[name], source, target, reading)
        if target.kind is TaskKind.multilabel:
            chosen = _merge(decisions[name].astype(float), source, target, reading)
            mapped[1][name] = chosen.astype(np.int64)
        else:
            merged = merged / np.maximum(merged.sum(axis=1, keepdims=True), np.finfo(float).tiny)
            mapped[1][name] = np.asarray(merged.argmax(axis=1))
        mapped[0][name] = merged
    return mapped


def _merge(rows: Array, source: Task, target: Task, reading: Mapping[str, str]) -> Array:
    """Merge columns [n × source labels] into [n × target labels]."""
    together = np.max if source.kind is TaskKind.multilabel else np.sum
    columns = []
    for ours in target.names:
        members = [i for i, label in enumerate(source.names) if reading.get(label) == ours]
        columns.append(together(rows[:, members], axis=1))
    return np.column_stack(columns)
