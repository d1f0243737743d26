"""The engine from end to end: look at the input, label it by MLflow's function, write the records, tell the outcome."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 its usual name

from communique.config import PredictConfig
from communique.places import check_places, is_uri
from communique.printing import console, counted
from communique.records import Outcome, check_columns
from communique.rows import READ
from communique.spark.lines import line_source
from communique.spark.outputs import aside_of, check_format, first_records, write
from communique.spark.parquet import parquet_source
from communique.spark.session import spark_session
from communique.spark.sources import Given, Source, given_here, given_there, rejected_rows
from communique.tracking import answers, classifier_of, load_model, local_copy, spark_function

ANSWERED = "communique answered"
"""What the struct with the answers is called until it is taken apart."""


def label(config: PredictConfig) -> Outcome:
    """Label every paragraph of a table, or of a folder of them, and write a folder of parts."""
    check_format(config.output)
    given = None if is_uri(config.input) else _given_here(config)
    with local_copy(config.model_uri, config.runtime, config.tracking) as copy:
        classifier = classifier_of(load_model(copy, config.runtime, config.tracking))
        columns = answers(classifier.codebook, all_probabilities=config.probabilities)
        with spark_session(config.spark, config.rows) as session:
            source = _source(session, given or given_there(session, config.input))
            check_columns(source.good.columns, columns)
            at_a_time = counted(session.sparkContext.defaultParallelism, "task")
            console.rule(f"{config.model_uri}, a {classifier.kind} on Spark {session.version}, {at_a_time} at a time")
            console.print(f"Labelling {counted(source.rows, 'paragraph')}.")
            dealt = source.good.repartition(config.spark.partitions) if config.spark.partitions else source.good
            function = spark_function(session, copy, classifier.codebook, all_probabilities=config.probabilities)
            rows = _written(session, _answered(dealt, function, columns), source, config.output)
            first = first_records(session, config.output, config.rows_shown)
    rejected = source.bad_rows + len(source.files)
    return Outcome(config.output, rows, aside_of(config.output), rejected, first, list(classifier.codebook.tasks))


def _given_here(config: PredictConfig) -> Given:
    path = Path(config.input).expanduser()
    given = given_here(path)
    if not is_uri(config.output):
        check_places(path, Path(config.output).expanduser())
    return given


def _source(session: SparkSession, given: Given) -> Source:
    return parquet_source(session, given) if given.suffix == ".parquet" else line_source(session, given)


def _answered(table: DataFrame, function: Callable[[Column], Column], columns: Mapping[str, str]) -> DataFrame:
    """Put the answers' columns behind those that came in; what is no text in a column that is read is not read."""
    texts = {name for name, kind in table.dtypes if kind == "string"}
    read = F.struct(*(F.col(name) for name in READ if name in texts))
    kept = [F.col(f"`{name.replace('`', '``')}`") for name in table.columns]
    answered = table.withColumn(ANSWERED, function(read))
    return answered.select(*kept, *(F.col(f"`{ANSWERED}`.`{name}`") for name in columns))


def _written(session: SparkSession, records: DataFrame, source: Source, output: str) -> int:
    """Write all, and count the records as they are written."""
    counter = Observation()
    rejected = source.bad if source.bad_rows else None
    if source.files:
        files = rejected_rows(session, source.files)
        rejected = files if rejected is None else files.unionByName(rejected)
    write(records.observe(counter, F.count(F.lit(1)).alias("rows")), rejected, output)
    return int(counter.get["rows"])
