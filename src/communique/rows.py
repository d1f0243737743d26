"""Which rows of a table can be labelled, and what is wrong with the others: both engines ask here.

A row needs a text in its column `text`. What is wrong is told by the row's place among those asked about, from 0.
"""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from communique.columns import table_of

TEXT = "text"
READ = (TEXT, "source", "target")
"""What a model reads of a row."""
EMPTY = f"the column `{TEXT}` holds no text"
Judged = tuple[pa.Table, list[tuple[int, str]]]
"""The rows that can be labelled; the places of the others and what is wrong with each."""


def judged_table(table: pa.Table) -> Judged:
    """Judge the rows of a table that has the column."""
    good = [is_text(value) for value in table[TEXT].to_pylist()]
    return table.filter(pa.array(good, pa.bool_())), [(i, EMPTY) for i, ok in enumerate(good) if not ok]


def judged_lines(lines: Iterable[bytes]) -> Judged:
    """Read lines of JSON, an object each, and judge them; blank ones are neither good nor bad."""
    good: list[dict[str, Any]] = []
    bad: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        row = _parsed(line)
        if isinstance(row, str):
            bad.append((place, row))
        elif row is not None:
            good.append(row)
    return table_of(good), bad


def is_text(value: object) -> bool:
    """Tell whether a value is something to label."""
    return isinstance(value, str) and bool(value.strip())


def no_text(columns: Iterable[str]) -> str:
    """Say that a table lacks the column."""
    return f"expected a column `{TEXT}`, but the columns are {', '.join(columns)}"


def _parsed(line: bytes) -> dict[str, Any] | str | None:
    """Give the line's object, or what is wrong with it; None for a blank line."""
    if not line.strip():
        return None
    try:
        row = json.loads(line.rstrip(b"\r\n").decode("utf-8").removeprefix("\ufeff"))
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeError:  # a byte that is none of UTF-8, or half of a pair of surrogates
        return "is no UTF-8 text"
    except json.JSONDecodeError as error:
        return f"expected a JSON object, but it doesn't parse: {error}"
    if not isinstance(row, dict):
        return f"expected a JSON object, but it is a {type(row).__name__}"
    if TEXT not in row:
        return no_text(row)
    return row if is_text(row[TEXT]) else EMPTY
