"""Long work in parts: each is written whole or not at all, and what is there is not done again.

OUTPUT.parts/manifest.json   what the parts depend on; another input, model or setting starts anew
OUTPUT.parts/00000.parquet   the first part, with 00000.rejected.jsonl beside it, and so on
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from communique.records import write_tables
from communique.tables import Chunk
from communique.workspace import fingerprint
from communique.writing import whole_file

MANIFEST = "manifest.json"


class Shards:
    """The parts of one output."""

    def __init__(self, output: Path, identity: Mapping[str, Any]) -> None:
        self.output = output
        self.folder = output.with_name(f"{output.name}.parts")
        wanted = {"fingerprint": fingerprint(identity)}
        manifest = self.folder / MANIFEST
        if manifest.exists() and json.loads(manifest.read_text(encoding="utf-8")) == wanted:
            self.finished = len(list(self.folder.glob("*.parquet")))
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.finished = 0
        with whole_file(manifest) as temporary:
            temporary.write_text(json.dumps(wanted), encoding="utf-8")

    def write(self, chunks: Iterable[Chunk], label: Callable[[pa.Table], pa.Table]) -> Iterator[int]:
        """Write the parts that aren't there yet, and give after each chunk how many of its rows are done."""
        for number, chunk in enumerate(chunks):
            path = self.folder / f"{number:05}.parquet"
            if not path.exists():
                with whole_file(path.with_suffix(".rejected.jsonl")) as temporary:
                    temporary.write_text("".join(map(_line, map(asdict, chunk.rejected))), encoding="utf-8")
                with whole_file(path) as temporary:  # last, for it is what tells that a part is finished
                    pq.write_table(label(chunk.table) if len(chunk.table) else chunk.table, temporary)
            yield len(chunk.table)

    def tables(self) -> Iterator[pa.Table]:
        """Read the parts that have rows, in their order, with the columns of all of them."""
        paths = [path for path in sorted(self.folder.glob("*.parquet")) if pq.read_metadata(path).num_rows]
        schemas = [pq.read_schema(path) for path in paths]
        names = list(dict.fromkeys(name for schema in schemas for name in schema.names))
        types = {n: _common({schema.field(n).type for schema in schemas if n in schema.names}) for n in names}
        for path in paths:
            table = pq.read_table(path)
            columns = {
                name: _cast(table[name], kind) if name in table.column_names else pa.nulls(len(table), kind)
                for name, kind in types.items()
            }
            yield pa.table(columns)

    def finish(self) -> tuple[int, int, Path | None]:
        """Put the parts together and remove them; gives the rows, how many more were set aside, and in which file."""
        rows = sum(pq.read_metadata(path).num_rows for path in self.folder.glob("*.parquet"))
        rejected = [
            line for path in sorted(self.folder.glob("*.rejected.jsonl")) for line in path.open(encoding="utf-8")
        ]
        aside = self.output.with_name(f"{self.output.stem}.rejected.jsonl")
        write_tables(self.tables(), self.output)
        if rejected:
            with whole_file(aside) as temporary:
                temporary.write_text("".join(rejected), encoding="utf-8")
        else:
            aside.unlink(missing_ok=True)
        shutil.rmtree(self.folder)
        return rows, len(rejected), aside if rejected else None


def _common(types: set[pa.DataType]) -> pa.DataType:
    """Give the type of a column whose parts have these: theirs, or text where they have nothing in common."""
    known = types - {pa.null()}
    return known.pop() if len(known) == 1 else pa.string() if known else pa.null()


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if column.type == wanted or column.type == pa.null():
        return column.cast(wanted)
    values = column.to_pylist()
    return pa.array([v if v is None or isinstance(v, str) else json.dumps(v, default=str) for v in values], wanted)


def _line(row: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False) + "\n"
