"""The paragraph record: what is read, labelled, learnt from and predicted.

On disk a paragraph is one line of JSON:
{"id": "a1#3", "article": "a1", "position": 3, "text": "…", "title": "…", "date": "2014-03-05",
 "action": ["SANCTION"], "stance": "critical"}
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from communique.codebook import Codebook, Task, TaskKind
from communique.errors import InputError

JsonObject = dict[str, object]
Gold = str | tuple[str, ...] | None
UNKNOWN_CLASS = -1
OPTIONAL_COLUMNS = ("title", "date", "url", "source", "target")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article. `gold` holds a label (or several, or None for not labelled) per task."""

    id: str
    article: str
    position: int
    text: str
    title: str | None = None
    date: str | None = None
    url: str | None = None
    source: str | None = None
    target: str | None = None
    gold: Mapping[str, Gold] = field(default_factory=dict)

    @property
    def pair(self) -> str | None:
        """Whose stance toward whom is asked, in words: what a model reads before the text; None where it isn't told."""
        if self.target is None:
            return None
        return f"toward {self.target}" if self.source is None else f"{self.source} toward {self.target}"


def read_json_lines(path: Path) -> Iterator[tuple[int, JsonObject]]:
    """Yield line number and object of each line; an InputError names the file and line that is no JSON object."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read as UTF-8 text: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: expected a JSON object, but it doesn't parse: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: expected a JSON object, but it is a {type(row).__name__}")
        yield number, row


def paragraph_from_row(row: Mapping[str, object], where: str) -> Paragraph:
    """Check a record's columns and types; `where` (file and line) stands in the InputError."""
    article, position, text = row.get("article"), row.get("position"), row.get("text")
    if not isinstance(article, str) or not article:
        raise InputError(f"{where}: the column `article` must be a text, but it is {article!r}")
    if not isinstance(position, int) or isinstance(position, bool) or position < 1:
        raise InputError(f"{where}: the column `position` must be a whole number from 1 on, but it is {position!r}")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{where}: the column `text` must not be empty, but it is {text!r}")
    title, date, url, source, target = (_optional_text(row, column, where) for column in OPTIONAL_COLUMNS)
    return Paragraph(f"{article}#{position}", article, position, text, title, date, url, source, target)


def _optional_text(row: Mapping[str, object], column: str, where: str) -> str | None:
    value = row.get(column)
    if value is None or isinstance(value, str):
        return value
    raise InputError(f"{where}: the column `{column}` must be a text or null, but it is {value!r}")


def gold_from_row(row: Mapping[str, object], codebook: Codebook, where: str) -> dict[str, Gold]:
    """Read a label column per task; an unknown label is an InputError that lists the known ones."""
    return {name: _gold(row.get(name), name, task, where) for name, task in codebook.tasks.items()}


def _gold(value: object, name: str, task: Task, where: str) -> Gold:
    if value is None:
        return None
    expected = list if task.kind is TaskKind.multilabel else str
    if not isinstance(value, expected):
        kind = "a list of labels" if expected is list else "one label"
        raise InputError(f"{where}: the column `{name}` must be {kind} or null, but it is {value!r}")
    labels = value if isinstance(value, list) else [value]
    for label in labels:
        if label not in task.labels:
            known = ", ".join(task.names)
            raise InputError(f"{where}: the column `{name}` holds the unknown label {label!r}. Known: {known}")
    # In the codebook's order, so that equal sets are equal tuples.
    return tuple(known for known in task.names if known in labels) if isinstance(value, list) else str(value)


def gold_array(paragraphs: Sequence[Paragraph], name: str, task: Task) -> NDArray[np.float64]:
    """Turn the gold of a task into numbers.

    multilabel: [paragraphs × labels] of 0 and 1, a row of nan where the label is missing.
    multiclass: [paragraphs] of label positions, UNKNOWN_CLASS where it is missing.
    """
    if task.kind is TaskKind.multiclass:
        position = {label: float(index) for index, label in enumerate(task.names)}
        return np.array([position.get(str(p.gold.get(name)), float(UNKNOWN_CLASS)) for p in paragraphs], dtype=float)
    rows = np.full((len(paragraphs), len(task.names)), np.nan)
    for row, paragraph in zip(rows, paragraphs, strict=True):
        if (gold := paragraph.gold.get(name)) is not None:
            row[:] = [label in gold for label in task.names]
    return rows


def indicators(gold: NDArray[np.float64], task: Task) -> NDArray[np.float64]:
    """Turn gold of either kind into [paragraphs × labels] of 0 and 1, a row of nan where the label is missing."""
    if task.kind is TaskKind.multilabel:
        return gold
    rows = np.asarray(np.eye(len(task.names))[gold.astype(int)])
    rows[gold == UNKNOWN_CLASS] = np.nan
    return rows


def label_shares(paragraphs: Sequence[Paragraph], name: str, task: Task) -> NDArray[np.float64]:
    """Give each label's share of the labelled paragraphs, half a paragraph added to each side: none is zero or one."""
    gold = indicators(gold_array(paragraphs, name, task), task)
    known = gold[~np.isnan(gold).any(axis=1)]
    return np.asarray((known.sum(axis=0) + 0.5) / (len(known) + 1))


def digest(meaning: Mapping[str, Sequence[str]], splits: Mapping[str, Iterable[Paragraph]]) -> str:
    """Sum up label names, texts, gold and splits in a sha256: two runs with the same one saw the same corpus."""
    total = hashlib.sha256(json.dumps(dict(meaning)).encode())
    for split, paragraphs in splits.items():
        for p in paragraphs:
            record = [split, p.id, p.text, p.title, p.source, p.target, dict(p.gold)]
            total.update(json.dumps(record, ensure_ascii=False, sort_keys=True).encode())
    return total.hexdigest()
