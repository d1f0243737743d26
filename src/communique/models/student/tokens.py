"""From paragraphs to the tokens of the teacher's vocabulary, laid behind one another in one array.

Between two paragraphs lie gaps, so that no window of words reaches from one into the next. Whose stance toward whom is
asked is marked in the text: the names make way for signs that news hardly ever has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from communique.paragraphs import Paragraph

Numbers = NDArray[np.int64]
SOURCE, TARGET, PAIR = "†", "‡", "¶"


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different lengths behind one another in `ids`: where each starts, how long it is, the gap between two.

    There is a gap before the first, and one and a place more after the last.
    """

    ids: Numbers
    starts: Numbers
    lengths: Numbers
    gap: int

    def inner(self, shift: int) -> Numbers:
        """Give all ids but the gaps at both ends; with a shift, those that stand so far behind them (at most a gap)."""
        return self.ids[self.gap + shift : len(self.ids) - self.gap + shift]

    def reduce(self, how: np.ufunc, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Reduce the values of `inner` ids [ids × columns] to a row for each row; zeros for an empty one."""
        starts = self.starts - self.gap
        bounds = np.stack([starts, starts + self.lengths], axis=1).ravel()
        reduced = how.reduceat(values, bounds, axis=0)[::2]  # every other one is of what lies between
        reduced[self.lengths == 0] = 0
        return np.asarray(reduced)


def marked(paragraph: Paragraph) -> str:
    """Give the text; where a stance is asked, with a sign for each name and one at the beginning that says so."""
    text = paragraph.text
    if paragraph.target is None:
        return text
    for name, sign in ((paragraph.target, TARGET), (paragraph.source, SOURCE)):
        text = text.replace(name, f" {sign} ") if name else text
    return f"{PAIR} {text}"


def token_rows(tokenizer: Tokenizer, paragraphs: Sequence[Paragraph], max_tokens: int) -> list[Numbers]:
    """Give each paragraph's token ids, at most so many."""
    encoded = tokenizer.encode_batch_fast([marked(p) for p in paragraphs], add_special_tokens=False)
    return [np.array(row.ids[:max_tokens], dtype=np.int64) for row in encoded]


def laid_out(rows: Sequence[Numbers], gap: int, empty: int) -> Ragged:
    """Lay rows behind one another; in the gaps, which are one place wide at least, stands the id `empty`."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    starts = np.cumsum(lengths + gap) - lengths
    ids = np.full(int(lengths.sum()) + gap * (len(rows) + 1) + 1, empty, dtype=np.int64)
    for start, row in zip(starts, rows, strict=True):
        ids[start : start + len(row)] = row
    return Ragged(ids, starts, lengths, gap)
