"""Prediction records: what came in, then per task the label and its probability.

{"id": "a1#3", "article": "a1", "position": 3, "text": "…", "action": ["SANCTION"], "action_probability": [0.93],
 "stance": "critical", "stance_probability": 0.88}

A multilabel task has a list of labels and their probabilities in the same order. With all probabilities a column
`<task>_<LABEL>` per label follows.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from communique.codebook import Codebook, TaskKind
from communique.errors import InputError
from communique.models.calibration import Array, Decisions
from communique.paragraphs import Paragraph
from communique.writing import whole_file

LIST_SEPARATOR = "|"
FORMATS = (".jsonl", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of labelling: how many records are where, how many rows and files were set aside, the first records."""

    output: str
    rows: int
    aside: str | None
    rejected: int
    first: list[dict[str, Any]]
    tasks: list[str]


def frame(paragraphs: Sequence[Paragraph]) -> pd.DataFrame:
    """Put what a model reads of paragraphs into columns: the text, and whose stance toward whom, where it is told."""
    columns = {name: [getattr(p, name) for p in paragraphs] for name in ("text", "source", "target")}
    return pd.DataFrame({name: values for name, values in columns.items() if any(v is not None for v in values)})


def prediction_table(
    codebook: Codebook,
    probabilities: Mapping[str, Array],
    decisions: Mapping[str, Decisions],
    *,
    all_probabilities: bool,
) -> pd.DataFrame:
    """Put predictions into columns, a row per paragraph in the order predicted."""
    columns: dict[str, object] = {}
    for name, task in codebook.tasks.items():
        rows, chosen = probabilities[name], decisions[name]
        if chosen.ndim > 1:
            picked = [np.flatnonzero(row) for row in chosen]
            columns[name] = [[task.names[i] for i in row] for row in picked]
            columns[f"{name}_probability"] = [rows[n, row].tolist() for n, row in enumerate(picked)]
        else:
            columns[name] = [task.names[i] for i in chosen]
            columns[f"{name}_probability"] = rows[np.arange(len(rows)), chosen]
        if all_probabilities:
            columns |= {f"{name}_{label}": rows[:, i] for i, label in enumerate(task.names)}
    return pd.DataFrame(columns)


def arrays(table: pd.DataFrame, codebook: Codebook) -> tuple[dict[str, Array], dict[str, Decisions]]:
    """Read probabilities and decisions back out of a table that has all probabilities.

    InputError where the table lacks a label of the codebook: it was predicted with another one.
    """
    probabilities: dict[str, Array] = {}
    decisions: dict[str, Decisions] = {}
    for name, task in codebook.tasks.items():
        columns = [f"{name}_{label}" for label in task.names]
        if missing := [column for column in columns if column not in table]:
            raise InputError(f"the model doesn't predict {missing[0]}, which the codebook {codebook.name} asks for")
        probabilities[name] = table[columns].to_numpy(dtype=float)
        if task.kind is TaskKind.multilabel:
            decisions[name] = np.array([[label in row for label in task.names] for row in table[name]], dtype=np.int64)
        else:
            position = {label: i for i, label in enumerate(task.names)}
            if unknown := set(table[name]) - set(position):
                raise InputError(f"the model predicts {min(unknown)!r}, which the codebook {codebook.name} hasn't got")
            decisions[name] = np.array([position[label] for label in table[name]], dtype=np.int64)
    return probabilities, decisions


def check_output(path: Path) -> None:
    """Say at once, before the work, if the output's format is unknown or its folder can't be written to."""
    if path.suffix not in FORMATS:
        raise InputError(f"output must end in {', '.join(FORMATS)}, but it is {path.name!r}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder of output={path} can't be made: {error.strerror}") from error
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"the folder of output={path} can't be written to")


def check_columns(given: Iterable[str], answers: Iterable[str]) -> None:
    """Say if the input has a column that a prediction's would overwrite."""
    if taken := set(given) & set(answers):
        raise InputError(f"the input has a column {min(taken)!r} already, as the prediction would be called: rename it")


def json_line(row: Mapping[str, object]) -> str:
    """Give a record as a line of JSON; what JSON doesn't know, as dates, becomes text."""
    return json.dumps(row, ensure_ascii=False, default=str)


def write_tables(tables: Iterator[pa.Table], path: Path) -> None:
    """Write tables of equal columns, one after the other, as the path's suffix says; there must be one at least.

    CSV has no lists: there the labels are joined by `|`.
    """
    first = next(tables)
    with whole_file(path) as temporary:
        match path.suffix:
            case ".parquet":
                with pq.ParquetWriter(temporary, first.schema) as writer:
                    for table in chain([first], tables):
                        writer.write_table(table)
            case ".jsonl":
                with temporary.open("w", encoding="utf-8") as file:
                    for table in chain([first], tables):
                        file.writelines(json_line(row) + "\n" for row in table.to_pylist())
            case ".csv":
                for number, table in enumerate(chain([first], tables)):
                    columns = {name: [_joined(v) for v in values] for name, values in table.to_pydict().items()}
                    frame = pd.DataFrame(columns, dtype=object)  # whole numbers stay whole
                    frame.to_csv(temporary, index=False, header=number == 0, mode="a")


def _joined(value: object) -> object:
    return LIST_SEPARATOR.join(map(str, value)) if isinstance(value, list) else value
