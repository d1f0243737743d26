"""What the student computes, as look-ups: every token has a row for each place in each window of tokens.

The network is a convolution over static token embeddings (Kim 2014, the windows' widths in `widths`): the best match of
each pattern anywhere in the paragraph, the sum of the embeddings, one hidden layer, all tasks' logits. A window's value
is the sum of what each of its tokens gives at its place; so embedding times pattern is multiplied out once, when the
model is loaded, and labelling adds up rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from communique.models.student.tokens import Numbers, Ragged, laid_out

Floats = NDArray[np.float32]
TOGETHER = 128
"""Paragraphs that are computed together: their windows fit the processor's cache."""


@dataclass
class Network:
    """The weights by name and how they are applied.

    `embeddings` [tokens × dimensions]; for each width `patterns.<width>` [width × dimensions × patterns] and
    `patterns.<width>.bias`; `hidden` and `output` [in × out] with `….bias`.
    """

    weights: Mapping[str, Floats]
    widths: Sequence[int]
    _tables: list[list[Floats]] = field(init=False)

    def __post_init__(self) -> None:
        embeddings = self.weights["embeddings"]
        self._embeddings = np.vstack([embeddings, np.zeros_like(embeddings[:1])])  # the last is a gap's
        self._tables = [[self._embeddings @ place for place in self.weights[f"patterns.{w}"]] for w in self.widths]

    def logits(self, rows: Sequence[Numbers]) -> Floats:
        """Score token ids: [paragraphs × labels of all tasks]."""
        empty = np.zeros((0, len(self.weights["output.bias"])), dtype=np.float32)
        parts = [self._part(rows[i : i + TOGETHER]) for i in range(0, len(rows), TOGETHER)]
        return np.concatenate([empty, *parts])

    def _part(self, rows: Sequence[Numbers]) -> Floats:
        ragged = laid_out(rows, max(1, max(self.widths) // 2), len(self._embeddings) - 1)
        found = [self._best(ragged, number, width) for number, width in enumerate(self.widths)]
        lengths = np.maximum(ragged.lengths, 1)[:, None]
        sums = np.add.reduceat(self._embeddings[ragged.ids], ragged.starts, axis=0) / np.sqrt(lengths)
        pooled = np.hstack([*found, sums.astype(np.float32)])
        hidden = np.maximum(pooled @ self.weights["hidden"] + self.weights["hidden.bias"], 0)
        return np.asarray(hidden @ self.weights["output"] + self.weights["output.bias"])

    def _best(self, ragged: Ragged, number: int, width: int) -> Floats:
        """Give each pattern's best match in each paragraph, 0 at least; a window may begin or end in a gap.

        A paragraph's part is its tokens and the gaps behind them, where nothing matches.
        """
        tables, count = self._tables[number], len(ragged.ids)
        values = np.tile(self.weights[f"patterns.{width}.bias"], (count, 1))
        for place, table in enumerate(tables):
            shift = place - width // 2  # the window around token i has token i + shift at this place
            to, of = slice(max(0, -shift), count - max(0, shift)), slice(max(0, shift), count - max(0, -shift))
            values[to] += table[ragged.ids[of]]
        values[ragged.ids == len(self._embeddings) - 1] = 0
        return np.maximum(np.maximum.reduceat(values, ragged.starts, axis=0), 0)
