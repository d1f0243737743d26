"""What Spark is given to read, and what is known of it before a row is labelled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    """A table or a folder of tables of one kind: its address, its files' names from there on, what is none of them."""

    root: str
    names: list[str]
    suffix: str
    rejected: list[Rejected]

    def name(self, file: str) -> str:
        """Name a file of which Spark gives the address."""
        return name_below(self.root, file)

    def address(self, name: str) -> str:
        """Give a file's address."""
        is_file = self.names == [PurePosixPath(self.root).name]
        return escaped(self.root if is_file else f"{self.root.rstrip('/')}/{name}")


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
    names = [found.name(file) for file in found.files]
    unseen = {name for name in names if re.search(r"(^|/)[_.]", name)}
    rejected = [*found.rejected, *(Rejected(name, UNSEEN) for name in sorted(unseen))]
    return _given(here(path), [name for name in names if name not in unseen], rejected)


def given_there(session: SparkSession, root: str) -> Given:
    """List what is at an address."""
    try:
        listing = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(root)
        files = [row.file_path for row in listing.select("_metadata.file_path").collect()]
    except SPARK_ERRORS as error:
        raise InputError(f"input={root} can't be listed: {reason(error)}") from error
    if not files:
        raise InputError(f"expected something to label in {root}, but there is no file")
    names = sorted(name_below(root, file) for file in files)
    tables = [name for name in names if name.endswith(TABLES)]
    others = [Rejected(name, NO_TABLE) for name in names if tables and name not in tables]
    return _given(root, tables or names, others)


def _given(root: str, names: list[str], rejected: list[Rejected]) -> Given:
    kinds = sorted({PurePosixPath(name).suffix for name in names})
    if not set(kinds) <= set(TABLES) or not kinds:
        raise InputError(
            f"engine=spark reads tables of paragraphs ({', '.join(TABLES)}) with a column `text`, but there is none in "
            f"{root}; plain text is for engine=local"
        )
    if len(kinds) > 1:
        raise InputError(
            f"engine=spark reads one kind of table at a time, but in {root} there are {' and '.join(kinds)}"
        )
    return Given(root, names, kinds[0], rejected)


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
