"""A peer is a Scorer like ours, so that the same calibration, decisions and scores follow."""

from collections.abc import Sequence
from pathlib import Path

from communique.paragraphs import Paragraph


class Peer:
    """What a peer needn't do: it lives for the benchmark only."""

    calibrated = True
    runtime = "peer"

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Refuse: a peer that doesn't say otherwise runs weights that are fitted."""
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Refuse."""
        raise NotImplementedError
