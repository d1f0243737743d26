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
    """Rows of different lengths behind one another in `ids`, where each starts, and how long it is."""

    ids: Numbers
    starts: Numbers
    lengths: Numbers


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
    """Lay rows behind one another, `gap` places with the id `empty` before each and after the last."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    starts = np.cumsum(lengths + gap) - lengths
    ids = np.full(int(lengths.sum()) + gap * (len(rows) + 1), empty, dtype=np.int64)
    for start, row in zip(starts, rows, strict=True):
        ids[start : start + len(row)] = row
    return Ragged(ids, starts, lengths)
