"""Where Spark's records go: a folder of parts, whole or not there."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from communique.errors import InputError
from communique.places import is_uri
from communique.records import json_line
from communique.spark.sources import escaped, here
from communique.tables import Rejected
from communique.writing import remove, whole_folder

FORMATS = (".parquet", ".jsonl")


def check_format(output: str) -> None:
    """Say at once if Spark can't write what is asked for."""
    if not output.endswith(FORMATS):
        raise InputError(
            f"engine=spark writes {' or '.join(FORMATS)}, a folder of parts, but output is {output!r}. CSV has no "
            "lists: write Parquet, and make CSV of the columns you need"
        )


def aside_of(output: str) -> str:
    """Name the place beside the output for what was set aside."""
    return re.sub(rf"({'|'.join(map(re.escape, FORMATS))})$", ".rejected.jsonl", output)


def write(records: DataFrame, rejected: DataFrame | None, output: str) -> None:
    """Write the records, and what was set aside beside them; they stand in their places when both are finished."""
    aside = aside_of(output)
    with _destination(output) as address:
        try:
            if output.endswith(".parquet"):
                records.write.parquet(address)
            else:
                records.mapInArrow(_record_lines, "value string").write.text(address)
        except AnalysisException as error:
            if error.getCondition() != "PATH_ALREADY_EXISTS":
                raise
            raise InputError(
                f"output={output} exists already, whole (it has a file _SUCCESS) or from a run that was stopped: name "
                "another one, or remove it"
            ) from error
        if rejected is not None:
            with _destination(aside) as address_aside:
                lines = rejected.mapInArrow(_rejected_lines, "value string").repartition(1)
                lines.write.mode("overwrite").text(address_aside)
        elif not is_uri(output):
            remove(_path(aside))


def first_records(session: SparkSession, output: str, rows: int) -> list[dict[str, Any]]:
    """Read some records back."""
    address = escaped(output if is_uri(output) else here(_path(output)))
    if output.endswith(".parquet"):
        return [row.asDict(recursive=True) for row in session.read.parquet(address).limit(rows).collect()]
    return [json.loads(row.value) for row in session.read.text(address, lineSep="\n").limit(rows).collect()]


@contextmanager
def _destination(output: str) -> Iterator[str]:
    """Give the address to write to: on this machine one that is moved into place, elsewhere the place itself.

    There Spark's own committer sees to it that no half-written part is taken for a whole one; `_SUCCESS` comes last.
    """
    if is_uri(output):
        yield output
        return
    with whole_folder(_path(output)) as folder:
        yield here(folder)
        for part in folder.glob("part-*.txt"):  # Spark's name for lines; the local engine reads .jsonl
            part.rename(part.with_suffix(".jsonl"))
            part.with_name(f".{part.name}.crc").unlink(missing_ok=True)


def _path(output: str) -> Path:
    return Path(output).expanduser()


def _record_lines(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield _lines(json_line(row) for row in batch.to_pylist())


def _rejected_lines(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield _lines(Rejected(**row).line().rstrip("\n") for row in batch.to_pylist())


def _lines(lines: Iterable[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"value": pa.array(lines, pa.string())})
