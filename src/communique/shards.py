"""Long work in parts: each is written whole or not at all, and what is there is not done again.

OUTPUT.parts/manifest.json   what the parts depend on; another input, model or setting starts anew
OUTPUT.parts/00000.parquet   the first part, with 00000.rejected.jsonl beside it, and so on
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from communique.columns import aligned, common_schema
from communique.records import write_tables
from communique.tables import Chunk, Rejected
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
                    temporary.write_text("".join(map(Rejected.line, chunk.rejected)), encoding="utf-8")
                with whole_file(path) as temporary:  # last, for it is what tells that a part is finished
                    pq.write_table(label(chunk.table) if len(chunk.table) else chunk.table, temporary)
            yield len(chunk.table)

    def tables(self) -> Iterator[pa.Table]:
        """Read the parts that have rows, in their order, with the columns of all of them."""
        paths = [path for path in sorted(self.folder.glob("*.parquet")) if pq.read_metadata(path).num_rows]
        schema = common_schema([pq.read_schema(path) for path in paths])
        for path in paths:
            yield aligned(pq.read_table(path), schema)

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
