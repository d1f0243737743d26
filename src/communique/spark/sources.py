"""What Spark is given to read, and what is known of it before a row is labelled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from communique.errors import InputError
from communique.places import name_below
from communique.tables import NO_TABLE, REASONS, TABLES, Rejected, find_input

REJECTED = "file string, row long, reason string"
"""What was set aside, as Spark's SQL has it."""
SPARK_ERRORS = (PySparkException, Py4JJavaError)
UNSEEN = "Spark reads no files and folders whose names begin with _ or a full stop: rename it"


@dataclass(frozen=True, slots=True)
class Given:
    """A table, or several of one kind: where they are, by which pattern Spark finds them, each one's own by its name.

    Beside them is what was set aside already.
    """

    root: str
    pattern: str
    files: dict[str, str]
    suffix: str
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class Source:
    """The rows to label; the rows that can't be (`file`, `row`, `reason`); whole files that can't be; how many."""

    good: DataFrame
    bad: DataFrame
    files: list[Rejected]
    rows: int
    bad_rows: int


def given_here(path: Path) -> Given:
    """Look at a file or folder of this machine, before Spark is started."""
    found = find_input(path)
    files = {found.name(file): escaped(here(file)) for file in found.files}
    unseen = [name for name in files if re.search(r"(^|/)[_.]", name)]
    rejected = [*found.rejected, *(Rejected(name, UNSEEN) for name in unseen)]
    seen = {name: address for name, address in files.items() if name not in unseen}
    return Given(here(path), escaped(here(path)), seen, _kind(path, seen), rejected)


def given_there(session: SparkSession, root: str) -> Given:
    """List what is at an address, which may be a pattern."""
    try:
        listing = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(root)
        found = sorted(row.file_path for row in listing.select("_metadata.file_path").collect())
    except SPARK_ERRORS as error:
        raise InputError(f"input={root} can't be listed: {reason(error)}") from error
    files = {name_below(root, file): escaped(unquote(file)) for file in found}
    tables = {name: address for name, address in files.items() if name.endswith(TABLES)}
    others = [Rejected(name, NO_TABLE) for name in files if name not in tables]
    return Given(root, root, tables, _kind(root, tables), others)


def _kind(place: object, tables: Iterable[str]) -> str:
    """Give the suffix that all tables have in common."""
    kinds = sorted({PurePosixPath(name).suffix for name in tables})
    if not kinds or not set(kinds) <= set(TABLES):
        raise InputError(
            f"engine=spark reads tables of paragraphs ({', '.join(TABLES)}) with a column `text`, but there is none in "
            f"{place}; plain text is for engine=local"
        )
    if len(kinds) > 1:
        both = " and ".join(kinds)
        raise InputError(f"engine=spark reads one kind of table at a time, but in {place} there are {both}")
    return kinds[0]


def here(path: Path) -> str:
    """Give a path of this machine as Spark's address, so that it isn't looked for in a cluster's file system."""
    return f"file://{path.absolute()}"


def escaped(address: str) -> str:
    """Take from an address's signs the meaning of a pattern's."""
    return re.sub(r"([\\*?\[\]{}^])", r"\\\1", address)


def reason(error: Exception) -> str:
    """Give the line in which Spark says what is wrong."""
    message = str(error.java_exception.getMessage()) if isinstance(error, Py4JJavaError) else str(error)
    return message.splitlines()[0]


def rejected_rows(session: SparkSession, rejected: Iterable[Rejected]) -> DataFrame:
    """Give what was set aside as rows."""
    return session.createDataFrame([(r.file, r.row, r.reason) for r in rejected], REJECTED)


def first_rejected(given: Given, bad: DataFrame) -> list[Rejected]:
    """Give some of what was set aside, to be told."""
    return [*given.rejected, *(Rejected(**row.asDict()) for row in bad.limit(REASONS).collect())]
