"""The floor under every other model: the answer that is most frequent in training, whatever the text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from communique.codebook import Codebook, TaskKind
from communique.models.calibration import Array
from communique.paragraphs import Paragraph, label_shares

FILE = "shares.json"


class Majority:
    """Gives each label's share of the training split, as logits.

    It isn't calibrated: fitted thresholds would make it answer every label at once, and it would be no majority.
    """

    calibrated = False
    runtime = "numpy"

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._shares: dict[str, list[float]] = {}

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Count."""
        del validation
        self._shares = {name: label_shares(train, name, task).tolist() for name, task in self._codebook.tasks.items()}

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Give the same row for every paragraph: log-odds, or log-shares in a multiclass task."""
        rows: dict[str, Array] = {}
        for name, task in self._codebook.tasks.items():
            shares = np.asarray(self._shares[name])
            row = np.log(shares / (1 - shares)) if task.kind is TaskKind.multilabel else np.log(shares)
            rows[name] = np.tile(row, (len(paragraphs), 1))
        return rows

    def save(self, folder: Path) -> None:
        """Write the shares as JSON."""
        (folder / FILE).write_text(json.dumps(self._shares), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook) -> Self:
        """Read back what `save` wrote."""
        majority = cls(codebook)
        majority._shares = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return majority
