"""What is to be labelled, chunk by chunk: text files or tables of paragraphs (Parquet, JSONL), one or a folder of them.

A table needs a column `text`; `source` and `target` are read where it has them; all other columns are kept as they are.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from communique.articles import Article, read_article
from communique.columns import table_of
from communique.errors import InputError
from communique.rows import TEXT, judged_lines, judged_table, no_text

TABLES = (".parquet", ".jsonl")
NO_TABLE = "stands among tables and is none"
REASONS = 3
"""How many reasons are told where nothing can be read."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, or a row of one, that can't be labelled, and why. Rows count from 1, as lines do."""

    file: str
    reason: str
    row: int | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.file if self.row is None else f'{self.file}:{self.row}'}: {self.reason}"

    def line(self) -> str:
        """Give it as a line of JSON, without a row that isn't known."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(known, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of the input in their order, and what of it was set aside."""

    table: pa.Table
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Input:
    """The files to be read, in their order, and those that can't be."""

    root: Path
    files: list[Path]
    rejected: list[Rejected]

    @property
    def identity(self) -> list[tuple[str, int, int]]:
        """What tells this input from another: names, sizes and times of change."""
        stats = [(path.relative_to(self.root).as_posix(), path.stat()) for path in self.files]
        return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]

    def rows(self) -> int | None:
        """Count the rows without reading them; None for text files, whose paragraphs are known when they are read."""
        if self.files[0].suffix not in TABLES:
            return None
        return sum(_rows(path) for path in self.files)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Read chunks of at most so many rows. What can't be read is set aside and never ends the run."""
        yield Chunk(pa.table({}), list(self.rejected))
        if self.files[0].suffix in TABLES:
            for path in self.files:
                yield from _table_chunks(path, self.name(path), rows)
        else:
            yield from self._text_chunks(rows)

    def name(self, path: Path) -> str:
        """Name a file as its user does, from the input on."""
        return path.relative_to(self.root).as_posix()

    def _text_chunks(self, rows: int) -> Iterator[Chunk]:
        paragraphs: list[dict[str, Any]] = []
        rejected: list[Rejected] = []
        for path in self.files:
            read = read_article(path, Path(self.name(path)).with_suffix("").as_posix())
            if isinstance(read, Article):
                paragraphs += [
                    {"id": p.id, "article": p.article, "position": p.position, "title": p.title, TEXT: p.text}
                    for p in read.paragraphs
                ]
            else:
                rejected.append(Rejected(self.name(path), read.reason))
            if len(paragraphs) >= rows:
                yield Chunk(table_of(paragraphs), rejected)
                paragraphs, rejected = [], []
        yield Chunk(table_of(paragraphs), rejected)


def find_input(source: Path) -> Input:
    """List a file or folder's files. In a folder with tables only these are read, the others are set aside.

    InputError where there is nothing to read.
    """
    if not source.exists():
        raise InputError(f"expected a file or a folder to label, but {source} doesn't exist")
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    if not files:
        raise InputError(f"expected something to label in {source}, but the folder is empty")
    root = source.parent if source.is_file() else source
    tables = [path for path in files if path.suffix in TABLES]
    others = [path for path in files if tables and path not in tables]
    aside = [Rejected(path.relative_to(root).as_posix(), NO_TABLE) for path in others]
    return Input(root, tables or files, aside)


def nothing_to_label(place: object, rejected: Iterable[Rejected]) -> InputError:
    """Say that there is nothing to label in a place, and why."""
    reasons = "; ".join(map(str, islice(rejected, REASONS)))
    return InputError(f"nothing in {place} can be labelled: {reasons or 'it has no rows'}")


def _rows(path: Path) -> int:
    try:
        if path.suffix == ".parquet":
            return int(pq.read_metadata(path).num_rows)
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except (OSError, pa.ArrowException):  # reading it will say so
        return 0


def _table_chunks(path: Path, name: str, rows: int) -> Iterator[Chunk]:
    """Read a table; its rows are numbered from 1."""
    first = 1
    try:
        for table, rejected, count in _parquet(path, rows) if path.suffix == ".parquet" else _json_lines(path, rows):
            found = [Rejected(name, reason, first + row) for row, reason in rejected]
            yield Chunk(table, found)
            first += count
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        yield Chunk(pa.table({}), [Rejected(name, f"can't be read from row {first} on: {reason}")])


Read = tuple[pa.Table, list[tuple[int, str]], int]
"""The rows that can be labelled; what is wrong with the others, by their place among those read; how many were read."""


def _parquet(path: Path, rows: int) -> Iterator[Read]:
    with pq.ParquetFile(path) as file:
        if TEXT not in file.schema_arrow.names:
            yield pa.table({}), [(0, no_text(file.schema_arrow.names))], 0
            return
        for batch in file.iter_batches(batch_size=rows):
            yield *judged_table(pa.Table.from_batches([batch])), len(batch)


def _json_lines(path: Path, rows: int) -> Iterator[Read]:
    with path.open("rb") as file:
        while lines := list(islice(file, rows)):
            yield *judged_lines(lines), len(lines)
