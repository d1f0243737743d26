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


@dataclass
class Network:
    """The weights by name and how they are applied.

    `embeddings` [tokens × dimensions]; for each width `patterns.<width>` [width × dimensions × patterns] and
    `patterns.<width>.bias`; `hidden` and `output` [in × out] with `….bias`.
    """

    weights: Mapping[str, Floats]
    widths: Sequence[int]
    _tables: list[list[Floats]] = field(init=False)
    _summed: Floats = field(init=False)

    def __post_init__(self) -> None:
        embeddings = self.weights["embeddings"]
        embeddings = np.vstack([embeddings, np.zeros_like(embeddings[:1])])  # the last is a gap's
        self._tables = [[embeddings @ place for place in self.weights[f"patterns.{w}"]] for w in self.widths]
        self._summed = embeddings @ self.weights["hidden"][-embeddings.shape[1] :]

    def logits(self, rows: Sequence[Numbers]) -> Floats:
        """Score token ids: [paragraphs × labels of all tasks]."""
        if not rows:
            return np.zeros((0, len(self.weights["output.bias"])), dtype=np.float32)
        ragged = laid_out(rows, max(1, max(self.widths) // 2), len(self._summed) - 1)
        found = np.hstack([self._best(ragged, number, width) for number, width in enumerate(self.widths)])
        sums = ragged.reduce(np.add, np.take(self._summed, ragged.inner(0), axis=0))
        hidden = sums / np.sqrt(np.maximum(ragged.lengths, 1))[:, None] + self.weights["hidden.bias"]
        hidden = np.maximum(hidden + found @ self.weights["hidden"][: found.shape[1]], 0).astype(np.float32)
        return np.asarray(hidden @ self.weights["output"] + self.weights["output.bias"])

    def _best(self, ragged: Ragged, number: int, width: int) -> Floats:
        """Give each pattern's best match in each paragraph, 0 at least; a window may begin or end in a gap."""
        values: Floats | None = None
        for place, table in enumerate(self._tables[number]):
            # The window around a token has at this place the token that stands so far from it.
            rows = np.take(table, ragged.inner(place - width // 2), axis=0)
            values = rows if values is None else np.add(values, rows, out=values)
        if values is None:
            raise ValueError("a window has one place at least")
        # The bias is the same everywhere, so that it may come after the maximum; nothing matches in no tokens.
        best = ragged.reduce(np.maximum, values) + self.weights[f"patterns.{width}.bias"]
        return np.maximum(np.where(ragged.lengths[:, None] > 0, best, 0), 0)
