"""Spark gives the local engine's records, sets aside what it sets aside, and leaves nothing half done."""

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.composition import typed
from communique.config import PredictConfig, SparkConfig
from communique.errors import InputError
from communique.paragraphs import Paragraph
from communique.predicting import predict
from tests.test_composition import composed
from tests.test_end_to_end import Project, small_corpus

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
REQUIRED = "COMMUNIQUE_SPARK"
"""Environment variable of `make test-spark`: what is missing fails there, elsewhere it is a reason to skip."""
SECONDS = 900
"""How long Spark may take: half a minute on an idle machine, much more on a busy one."""
TEXTS = ["The visitors gave bread to the islanders again", "The visitors struck the envoy in the face", "rain fell"]
ANSWERS = ["act", "act_probability", "tone", "tone_probability"]


@pytest.fixture(scope="module", autouse=True)
def spark_is_here() -> None:
    missing = "pyspark is not installed: `make test-spark` does it"
    if importlib.util.find_spec("pyspark"):
        from communique.spark.session import check_java

        try:
            check_java()
        except InputError as error:
            missing = str(error)
        else:
            return
    (pytest.fail if REQUIRED in os.environ else pytest.skip)(missing)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory,
    corpus_parts: tuple[list[Paragraph], list[Paragraph]],
    tiny_encoder: Path,
) -> Project:
    """Train a random two-layer BERT: it reads source and target, as no cheaper model does."""
    made = Project(tmp_path_factory.mktemp("project"), small_corpus(corpus_parts))
    small = ["model.epochs=1", "model.learning_rate=3e-3", "model.max_tokens=32", "model.batch_size=8"]
    made.run("train", f"model.checkpoint={tiny_encoder}", *small, *made.corpus)
    return made


@pytest.fixture(scope="module")
def session(project: Project) -> "Iterator[SparkSession]":
    """Start a session that the engine finds and leaves as it is."""
    from communique.spark.session import spark_session

    settings = {"spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.sql.session.timeZone": "UTC"}
    with (
        pytest.MonkeyPatch.context() as patch,
        spark_session(SparkConfig("local[2]", None, settings), rows=4) as started,
    ):
        patch.setenv("MLFLOW_TRACKING_URI", project.uri)
        yield started


def label(source: Path | str, output: Path | str, *overrides: str) -> None:
    """Label in this process, with the session that is there."""
    places = [f'input="{source}"', f'output="{output}"', "engine=spark", "runtime=torch"]
    predict(typed(composed("predict", *places, *overrides), PredictConfig))


def by_script(project: Project, *arguments: str) -> str:
    """Label as a user does, and give what was printed."""
    process = project.start("predict", *arguments)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    return said


def rows_of(source: str, count: int) -> list[dict[str, Any]]:
    """Make rows with columns of the user's own: a nested one with changing keys, numbers whole and broken."""
    rows: list[dict[str, Any]] = []
    for i in range(count):
        own: dict[str, Any] = (
            {"day": i, "tags": ["x"] * (i % 3)} if i % 2 else {"desk": {"name": f"d{i}", "floor": None}}
        )
        rows.append(
            {"id": f"{source}-{i}", "text": f"{TEXTS[i % 3]} again", "own": own, "score": i / 2 if i % 3 else i}
        )
        if i % 4 == 0:
            rows[-1] |= {"source": "visitors", "target": "islanders" if i % 8 else None}
    return rows


def records(output: Path) -> list[dict[str, Any]]:
    """Read a file, or a folder of parts, sorted by the records' ids."""
    files = sorted(output.glob("part-*")) if output.is_dir() else [output]
    lines = [line for file in files if file.suffix == ".jsonl" for line in file.read_text("utf-8").splitlines()]
    tables = [row for file in files if file.suffix == ".parquet" for row in pq.read_table(file).to_pylist()]
    return sorted([*map(json.loads, lines), *tables], key=lambda row: str(row["id"]))


def set_aside(output: Path) -> list[dict[str, Any]]:
    aside = output.with_name(f"{output.stem}.rejected.jsonl")
    files = sorted(aside.glob("part-*")) if aside.is_dir() else [aside]
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return sorted(rows, key=lambda row: (row["file"], row.get("row", 0)))


def assert_equal(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Compare every value; probabilities to six digits, for other batches are padded otherwise."""
    assert [set(row) for row in ours] == [set(row) for row in theirs]
    for our, their in zip(ours, theirs, strict=True):
        for name, value in our.items():
            predicted = name.startswith(("act_", "tone_"))
            assert value == (pytest.approx(their[name], abs=1e-6) if predicted else their[name]), (our["id"], name)


def test_jsonl_gives_the_local_engines_records_and_sets_aside_the_same_lines(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "two [words] 50%"
    (folder / "deeper").mkdir(parents=True)
    bad = ['{"text": ', "", "[1]", '{"text": " "}', '{"body": "x"}', '{"text": "half a pair \\ud83d"}', '{"text": 7}']
    for name in ("a.jsonl", "deeper/b c.jsonl"):
        lines = [json.dumps(row) for row in rows_of(name, 60)]
        lines[7:7], lines[40:40] = bad, bad
        (folder / name).write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b'\n{"text": "\xff"}')
    (folder / "notes.txt").write_text("About these.", encoding="utf-8")
    (folder / "_made.jsonl").write_text('{"text": "Spark does not see it."}\n', encoding="utf-8")
    given = [f'input="{folder}"', "probabilities=true", "runtime=torch"]
    settings = "{spark.ui.enabled:false,spark.sql.files.maxPartitionBytes:6000}"  # files are cut
    spark = ["engine=spark", 'spark.master="local[2]"', f"+spark.settings={settings}"]
    said = by_script(project, *given, f"output={tmp_path / 'spark.jsonl'}", *spark)
    (folder / "_made.jsonl").unlink()
    by_script(project, *given, f"output={tmp_path / 'local.jsonl'}", "rows=7")
    ours, theirs = records(tmp_path / "spark.jsonl"), records(tmp_path / "local.jsonl")
    assert len(ours) == 120
    assert_equal(ours, theirs)
    unseen, *aside = set_aside(tmp_path / "spark.jsonl")
    assert unseen["file"] == "_made.jsonl"
    assert aside == set_aside(tmp_path / "local.jsonl")
    assert len(aside) == 2 * (6 + 6 + 1) + 1
    assert "120 paragraphs written to" in said
    assert "28 rows or files set aside" in said
    assert (tmp_path / "spark.jsonl" / "_SUCCESS").exists()


def parquet_folder(folder: Path) -> Path:
    """Write tables with different columns, rows without text, and files that are none."""
    folder.mkdir()
    rows = rows_of("p", 30)
    for row in rows:
        row["own"] = {"day": row["own"].get("day"), "tags": row["own"].get("tags")}
    rows[3]["text"], rows[4]["text"] = None, "\u2003"  # a wide space, to Python no text
    table = pa.Table.from_pylist(rows)
    pq.write_table(table.slice(0, 13), folder / "a.parquet", row_group_size=5)
    pq.write_table(table.slice(13).append_column("year", pa.array([1999] * 17, pa.int16())), folder / "b.parquet")
    pq.write_table(
        pa.table({"id": ["none"], "text": [None]}, pa.schema({"id": pa.string(), "text": pa.string()})),
        folder / "c.parquet",
    )
    pq.write_table(pa.table({"id": ["x", "y"]}), folder / "no text.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1 this is none")
    (folder / "notes.txt").write_text("About these.", encoding="utf-8")
    return folder


def test_parquet_gives_the_local_engines_records_and_sets_aside_the_same_rows(
    project: Project, session: "SparkSession", tmp_path: Path
) -> None:
    assert session
    folder = parquet_folder(tmp_path / "in")
    label(folder, tmp_path / "spark.parquet", "spark.partitions=3")
    by_script(project, f"input={folder}", f"output={tmp_path / 'local.parquet'}", "runtime=torch")
    ours = records(tmp_path / "spark.parquet")
    assert len(list((tmp_path / "spark.parquet").glob("part-*"))) == 3
    assert len(ours) == 28
    assert_equal(ours, records(tmp_path / "local.parquet"))
    aside, aside_too = (set_aside(tmp_path / f"{engine}.parquet") for engine in ("spark", "local"))
    for row in (row for row in aside + aside_too if row["file"] == "broken.parquet"):
        row["reason"] = row["reason"].split(":")[0]  # what follows is Spark's or Arrow's own
    assert len(aside) == 6
    assert aside == aside_too


def test_source_and_target_are_read_where_they_are_given(session: "SparkSession", tmp_path: Path) -> None:
    assert session
    pair = {"id": "a", "text": TEXTS[0], "source": "envoy", "target": "prisoner"}
    alone = {"id": "b", "text": TEXTS[0]}
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(pair)}\n{json.dumps(alone)}\n", encoding="utf-8")
    label(tmp_path / "in.jsonl", tmp_path / "out.parquet")
    with_pair, without = records(tmp_path / "out.parquet")
    assert list(with_pair) == ["id", "text", "source", "target", *ANSWERS]
    assert abs(with_pair["tone_probability"] - without["tone_probability"]) > 1e-6


def test_a_run_that_fails_leaves_the_finished_output_as_it_was(session: "SparkSession", tmp_path: Path) -> None:
    assert session
    label(parquet_folder(tmp_path / "in"), tmp_path / "out.parquet")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out.parquet").iterdir()}
    table = pa.table({"text": TEXTS * 500, "noise": [os.urandom(40) for _ in range(1500)]})
    pq.write_table(table, tmp_path / "in" / "d.parquet", use_dictionary=False, compression="gzip")
    content = bytearray((tmp_path / "in" / "d.parquet").read_bytes())
    content[-30_000:-20_000] = b"\0" * 10_000  # within `noise`, which is not read until the rows are written
    (tmp_path / "in" / "d.parquet").write_bytes(content)
    with pytest.raises(Exception, match=r"d\.parquet"):
        label(tmp_path / "in", tmp_path / "out.parquet")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out.parquet").iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out.parquet", "out.rejected.jsonl"}


def test_addresses_reach_spark_as_they_are_and_what_is_there_is_not_overwritten(
    session: "SparkSession", tmp_path: Path
) -> None:
    assert session
    parquet_folder(tmp_path / "in")
    label(f"file://{tmp_path}/in", f"file://{tmp_path}/out.parquet")
    assert len(records(tmp_path / "out.parquet")) == 28
    assert "notes.txt" in {row["file"] for row in set_aside(tmp_path / "out.parquet")}
    with pytest.raises(InputError, match=r"out\.parquet exists already"):
        label(f"file://{tmp_path}/in", f"file://{tmp_path}/out.parquet")
    with pytest.raises(InputError, match="input=s3a://nobody/in can't be listed"):
        label("s3a://nobody/in", tmp_path / "out.jsonl")


def test_a_worker_takes_its_tasks_processors_and_not_the_machines(session: "SparkSession") -> None:
    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from communique.machine import processors

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"processors": [processors(Path("/nowhere"))]})

    (row,) = session.range(0, 1, 1, 1).mapInArrow(count, "processors long").collect()
    assert row["processors"] == 1


@pytest.mark.parametrize(
    ("files", "output", "message"),
    [
        ({"a.jsonl": "{}"}, "out.csv", "engine=spark writes .parquet or .jsonl"),
        ({"a.txt": "News."}, "out.jsonl", "plain text is for engine=local"),
        ({"a.jsonl": "{}", "b.parquet": ""}, "out.jsonl", "one kind of table at a time"),
        ({"_a.jsonl": "{}"}, "out.jsonl", "there is none in"),
        ({}, "out.jsonl", "the folder is empty"),
        ({"a.jsonl": '{"text": ""}\n'}, "out.jsonl", "can be labelled: a.jsonl:1: the column `text` holds no text"),
        ({"a.parquet": "none"}, "out.jsonl", "can be labelled: a.parquet: can't be read from row 1 on"),
        ({"a.jsonl": '{"text": "x", "tone": "y"}\n'}, "out.jsonl", "the input has a column 'tone' already"),
        ({"a.jsonl": '{"text": "x"}\n'}, "in/out.jsonl", "must stand outside of the input"),
    ],
)
def test_a_request_that_can_not_be_met_is_an_input_error(
    files: dict[str, str], output: str, message: str, session: "SparkSession", tmp_path: Path
) -> None:
    assert session
    (tmp_path / "in").mkdir()
    for name, content in files.items():
        (tmp_path / "in" / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        label(tmp_path / "in", tmp_path / output)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("said", "message"), [('version "1.8.0_402"', "is Java 8"), ("", "there is none in JAVA_HOME")]
)
def test_a_missing_or_old_java_is_told_with_what_to_install(
    said: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from communique.spark.session import check_java

    if said:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "java").write_text(f"#!/bin/sh\necho 'openjdk {said}' >&2\n", encoding="utf-8")
        (tmp_path / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(InputError, match=message) as caught:
        check_java()
    assert "needs Java 17 or newer" in str(caught.value)


def test_the_copy_that_spark_sends_out_has_the_runtime_in_it_and_no_package_of_its_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    from communique.config import Runtime
    from communique.tracking import classifier_of, local_copy

    monkeypatch.setenv("MLFLOW_TRACKING_URI", project.uri)
    config = typed(composed("predict", "input=a", "output=b.jsonl"), PredictConfig)
    with local_copy(config.model_uri, Runtime.onnx, config.tracking) as copy:
        loaded = mlflow.pyfunc.load_model(copy)  # as on an executor: nothing more is said
        assert classifier_of(loaded).runtime == "onnx"
        assert mlflow.pyfunc.CODE not in loaded.metadata.flavors["python_function"]
    assert not Path(copy).exists()
