"""Parquet by Spark: only the texts leave its own workers, to be judged by the local engine's function.

A file that is broken at its end, or lacks the column `text`, is set aside. One that is broken further in ends the run:
were it skipped, rows would be lost and nobody told.
"""

from collections.abc import Iterator, Sequence

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 its usual name

from communique.errors import InputError
from communique.places import name_below
from communique.rows import EMPTY, TEXT, is_text, no_text
from communique.spark.sources import SPARK_ERRORS, Given, Source, reason
from communique.tables import REASONS, Rejected, nothing_to_label


def parquet_source(session: SparkSession, given: Given) -> Source:
    """Judge all texts once, and say how the good and the bad rows are read."""
    faulty, found = _survey(session, given)
    frame = _read(session, given, sound=[name for name in given.files if name not in faulty] if faulty else None)
    judged = frame.select("*", "_metadata.file_path", "_metadata.row_index")
    root = given.root  # the function goes to the workers with this alone
    named = F.udf(lambda file: name_below(root, file))(F.col("file_path"))
    row = (F.col("row_index") + 1).alias("row")
    bad = judged.where(~_has_text()).select(named.alias("file"), row, F.lit(EMPTY).alias("reason"))
    files = [*given.rejected, *faulty.values()]
    rows = sum(good for good, _ in found.values())
    return Source(frame.where(_has_text()), bad, files, rows, sum(bad for _, bad in found.values()))


def _survey(session: SparkSession, given: Given) -> tuple[dict[str, Rejected], dict[str, tuple[int, int]]]:
    """Find what is wrong with whole files, and count each other one's good and bad rows.

    Broken files are passed over at first. They are among those without a good row, and these are looked at one by one.
    """
    try:
        frame = _read(session, given, ignore_broken=True)
        if TEXT not in frame.columns:
            raise nothing_to_label(given.root, _faults(session, given, list(given.files)[:REASONS]).values())
        texts = frame.select(F.col("_metadata.file_path").alias("file"), _has_text().cast("long").alias("good"))
        counts = texts.groupBy("file").agg(F.sum("good").alias("good"), F.count("*").alias("rows")).collect()
    except SPARK_ERRORS as error:
        if faults := _faults(session, given, list(given.files)[:REASONS]):
            raise nothing_to_label(given.root, faults.values()) from error
        raise InputError(
            f"the files in {given.root} can't be read as one table: {reason(error)}. Write them with equal types, or "
            "say engine=local"
        ) from error
    found = {name_below(given.root, row["file"]): (row["good"], row["rows"] - row["good"]) for row in counts}
    doubtful = [name for name in given.files if not found.get(name, (0, 0))[0]]
    faulty = _faults(session, given, doubtful)
    if len(doubtful) == len(given.files):
        empty = (Rejected(name, EMPTY) for name in doubtful if name not in faulty)
        raise nothing_to_label(given.root, [*faulty.values(), *empty])
    return faulty, {name: counted for name, counted in found.items() if name not in faulty}


def _read(
    session: SparkSession, given: Given, *, ignore_broken: bool = False, sound: Sequence[str] | None = None
) -> DataFrame:
    """Read all files of a folder, or the sound ones, as one table with the columns of all of them."""
    reader = session.read.option("mergeSchema", "true").option("ignoreCorruptFiles", str(ignore_broken).lower())
    if sound is not None:
        return reader.parquet(*(given.files[name] for name in sound))
    reader = reader.option("recursiveFileLookup", "true").option("pathGlobFilter", f"*{given.suffix}")
    return reader.parquet(given.pattern)


def _faults(session: SparkSession, given: Given, names: Sequence[str]) -> dict[str, Rejected]:
    found = {name: _fault(session, given.files[name], name) for name in names}
    return {name: fault for name, fault in found.items() if fault}


def _fault(session: SparkSession, address: str, name: str) -> Rejected | None:
    try:
        columns = session.read.parquet(address).columns
    except SPARK_ERRORS as error:
        return Rejected(name, f"can't be read from row 1 on: {reason(error)}")
    return None if TEXT in columns else Rejected(name, no_text(columns), 1)


def _has_text() -> Column:
    def judge(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for texts in batches:
            yield pd.Series([is_text(text) for text in texts], dtype=bool)

    return F.pandas_udf(judge, "boolean")(F.col(TEXT))
