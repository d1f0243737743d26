"""JSONL by Spark: its workers read and judge the lines with the local engine's own functions.

Spark deals a large file out in blocks, which don't know how many lines come before them. So a first reading counts the
lines and finds each column's type for all rows; a second one labels, a third tells what was set aside.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812 its usual name
from pyspark.sql.pandas.types import from_arrow_schema

from communique.columns import aligned, common_schema
from communique.places import name_below
from communique.rows import judged_lines
from communique.spark.sources import REJECTED, Given, Source, first_rejected
from communique.tables import nothing_to_label

Block = tuple[str, int]
"""A file's address, and the byte that the block begins with."""
FOUND = "file string, start long, lines long, good long, bad long, columns binary"


def line_source(session: SparkSession, given: Given) -> Source:
    """Look through all lines once, and say how the good and the bad ones are read."""
    lines = _lines(session, given)
    found = sorted(lines.mapInArrow(_survey, FOUND).collect(), key=itemgetter("file", "start"))
    before = _lines_before(found)
    bad = lines.mapInArrow(partial(_bad, before, {file: name_below(given.root, file) for file, _ in before}), REJECTED)
    rows = sum(piece["good"] for piece in found)
    if not rows:
        raise nothing_to_label(given.root, first_rejected(given, bad))
    schemas = [pa.ipc.read_schema(pa.py_buffer(piece["columns"])) for piece in found]
    schema = pa.schema([(field.name, _storable(field.type)) for field in common_schema(schemas)])
    good = lines.mapInArrow(partial(_good, schema), from_arrow_schema(schema))
    return Source(good, bad, given.rejected, rows, sum(piece["bad"] for piece in found))


def _lines(session: SparkSession, given: Given) -> DataFrame:
    reader = session.read.option("lineSep", "\n").option("recursiveFileLookup", "true")
    text = reader.option("pathGlobFilter", f"*{given.suffix}").text(given.pattern)
    line = F.col("value").cast("binary").alias("line")  # the bytes as they are, for they may be no text
    block = [F.col("_metadata.file_path").alias("file"), F.col("_metadata.file_block_start").alias("start")]
    return text.select(line, *block)


def _pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Block, int, list[bytes]]]:
    """Give lines that follow one another in a block, with how many of its lines came before them."""
    seen: Counter[Block] = Counter()
    for batch in batches:
        rows = zip(*(batch[name].to_pylist() for name in ("file", "start", "line")), strict=True)
        for block, piece in groupby(rows, key=itemgetter(0, 1)):
            lines = [line for _, _, line in piece]
            yield block, seen[block], lines
            seen[block] += len(lines)


def _survey(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for (file, start), _, lines in _pieces(batches):
        table, bad = judged_lines(lines)
        columns = table.schema.serialize().to_pybytes()
        found = [file, start, len(lines), len(table), len(bad), columns]
        names = ("file", "start", "lines", "good", "bad", "columns")
        yield pa.RecordBatch.from_pylist([dict(zip(names, found, strict=True))])


def _good(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _, _, lines in _pieces(batches):
        table, _ = judged_lines(lines)
        if len(table):
            yield from aligned(table, schema).to_batches()


def _bad(
    before: Mapping[Block, int], names: Mapping[str, str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    kinds = pa.schema({"file": pa.string(), "row": pa.int64(), "reason": pa.string()})
    for block, seen, lines in _pieces(batches):
        # Blocks that were cut otherwise than when the lines were counted, on a cluster that has grown, have no number.
        first = before[block] + seen + 1 if block in before else None
        name = names.get(block[0], block[0])
        rows = [
            {"file": name, "row": None if first is None else first + place, "reason": reason}
            for place, reason in judged_lines(lines)[1]
        ]
        yield pa.RecordBatch.from_pylist(rows, kinds)


def _lines_before(found: Sequence[Row]) -> dict[Block, int]:
    """Count the lines that a file has before each of its blocks; `found` is sorted by these."""
    before: dict[Block, int] = {}
    for file, pieces in groupby(found, key=itemgetter("file")):
        lines = 0
        for piece in pieces:
            before.setdefault((file, piece["start"]), lines)
            lines += piece["lines"]
    return before


def _storable(kind: pa.DataType) -> pa.DataType:
    """Give a type that Parquet can hold: nulls alone become missing texts, a column with objects without keys text."""
    return pa.string() if _has_bare_object(kind) else _without_nulls(kind)


def _has_bare_object(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _has_bare_object(kind.value_type)
    return pa.types.is_struct(kind) and (not kind.num_fields or any(_has_bare_object(field.type) for field in kind))


def _without_nulls(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_nulls(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(_without_nulls(kind.value_type))
    return pa.string() if pa.types.is_null(kind) else kind
