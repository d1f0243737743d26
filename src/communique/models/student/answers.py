"""What the teacher says of many paragraphs, kept part by part, so that a stopped run need not ask again."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import track

from communique.models.calibration import Array
from communique.models.classifier import Lesson
from communique.paragraphs import Paragraph

PART = 2048
"""Paragraphs that the teacher labels at a time."""


def answers(lesson: Lesson, paragraphs: Sequence[Paragraph], folder: Path) -> dict[str, Array]:
    """Give the teacher's probabilities, {task: [paragraphs × labels]}; parts that lie in `folder` are taken from it."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in track(range(0, len(paragraphs), PART), "the teacher labels", transient=True):
        path = folder / f"teacher-{start}.npz"
        if not path.exists():
            temporary = path.with_suffix(".part.npz")
            np.savez(temporary, allow_pickle=False, **lesson.teacher(paragraphs[start : start + PART]))
            os.replace(temporary, path)  # noqa: PTH105 whole or not at all
        with np.load(path, allow_pickle=False) as part:
            parts.append(dict(part))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
