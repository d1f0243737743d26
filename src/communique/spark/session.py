"""A Spark session: spark-submit's, the one that is there already, or one of our own."""

import atexit
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

from pyspark.sql import SparkSession

import communique
from communique.config import SparkConfig
from communique.errors import InputError
from communique.machine import THREADS

JAVA = 17
"""The oldest Java that Spark 4 runs on."""
SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Environment variable that spark-submit sets for the program it starts."""
TOKENIZER_THREADS = "RAYON_NUM_THREADS"
TASK_CPUS = "spark.task.cpus"

# It says so of every function. Whether it does with the pandas that we pin, the tests say.
logging.getLogger("py4j").setLevel(logging.WARNING)  # Hydra shows what is less
warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)


@contextmanager
def spark_session(config: SparkConfig, rows: int) -> Iterator[SparkSession]:
    """Give a session whose Python workers know this package, and take `rows` rows at a time."""
    found = SparkSession.getActiveSession()
    session = found or _started(config)
    try:
        # Columns `Text` and `text` are two, as they are for the local engine.
        session.conf.set("spark.sql.caseSensitive", "true")
        session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(rows))
        _share_processors(session)
        session.sparkContext.addPyFile(str(_package()))
        yield session
    finally:
        if found is None:
            session.stop()


def _started(config: SparkConfig) -> SparkSession:
    builder = SparkSession.builder.appName("communique")
    if SUBMITTED in os.environ:  # it has its own master and settings
        return builder.getOrCreate()
    check_java()
    if config.master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for key, value in config.settings.items():
        builder = builder.config(key, value)
    return builder.master(config.master).getOrCreate()


def _share_processors(session: SparkSession) -> None:
    """Tell each Python worker that it has a task's processors: by itself it would take all of the machine's.

    Spark runs as many workers at a time as there are processors, so that of N each would start N threads.
    """
    context = session.sparkContext
    cpus = context.getConf().get(TASK_CPUS, "1")
    for variable in (THREADS, TOKENIZER_THREADS):
        context.environment.setdefault(variable, cpus)  # spark.executorEnv.… goes before it


def _package() -> Path:
    """Pack this package's source, so that it needn't be installed on the executors, or is of the same state there.

    It stays as long as this process does: executors that come later ask for it. A name of its own keeps it apart from
    what another call has sent them.
    """
    folder = Path(mkdtemp(prefix="communique-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    source, packed = Path(communique.__file__).parent, folder / f"{folder.name}.zip"
    with ZipFile(packed, "w") as archive:
        for path in sorted(source.rglob("*.py")):
            archive.write(path, path.relative_to(source.parent))
    return packed


def check_java() -> None:
    """Say in an InputError if there is no Java that is new enough, as Spark looks for it."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(Path(home) / "bin" / "java") if home else shutil.which("java")
    version = _version(java) if java else None
    if version is None or version < JAVA:
        found = (
            f"{java} is Java {version}" if java else f"there is none in JAVA_HOME={home}" if home else "there is none"
        )
        raise InputError(
            f"engine=spark needs Java {JAVA} or newer, but {found}. Install it (apt install openjdk-17-jre-headless, "
            "brew install openjdk@17), and set JAVA_HOME to its folder if `java` on the PATH is another"
        )


def _version(java: str) -> int | None:
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603 as Spark
    found = re.search(r'version "(?:1\.)?(\d+)', said)  # Java 8 calls itself 1.8
    return int(found[1]) if found else None
