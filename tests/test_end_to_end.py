"""The whole way, by the scripts themselves: train, read the run back, load the model elsewhere, predict the same."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from mlflow.entities import Run

from communique.config import ROOT
from communique.paragraphs import Paragraph
from tests.conftest import DATA

SITE_PACKAGES = Path(mlflow.__file__).parents[1]


class Project:
    """A store and a small corpus of its own, and the scripts run on them."""

    def __init__(self, folder: Path, paragraphs: Sequence[Paragraph]) -> None:
        self.folder = folder
        self.uri = f"sqlite:///{folder}/mlflow.db"
        self.seeds = folder / "seeds"
        (self.seeds / "articles").mkdir(parents=True)
        texts = [{"article": p.article, "position": p.position, "text": p.text} for p in paragraphs]
        gold = [{"id": p.id, "act": list(p.gold["act"] or ()), "tone": p.gold["tone"]} for p in paragraphs]
        names = sorted({p.article for p in paragraphs})
        # Articles t* are for training, of the articles v* one is for validation and one for the test.
        chosen = [{"article": a, "split": {"v0": "validation", "v1": "test"}.get(a, "train")} for a in names]
        self._write("articles/a.jsonl", texts)
        self._write("gold.jsonl", gold)
        self._write("splits.jsonl", chosen)
        self.corpus = [
            f"corpus.seeds.path={self.seeds}",
            f"corpus.seeds.codebook={DATA / 'codebook.yaml'}",
            "corpus.seeds.near_duplicate_jaccard=1",
            "evaluation.resamples=50",
        ]

    def _write(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        (self.seeds / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        # A launcher's process imports the package anew: from here, wherever else one is installed.
        source = str(ROOT / "src")
        return {**os.environ, "MLFLOW_TRACKING_URI": self.uri, "COLUMNS": "200", "PYTHONPATH": source}

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "src" / f"{script}.py"), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=self.folder, env=self.environment
        )

    def run(self, script: str, *arguments: str, exit_code: int = 0) -> str:
        process = self.start(script, *arguments)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == exit_code, output
        return output

    def runs(self, filter_string: str = "") -> list[Run]:
        client = mlflow.MlflowClient(tracking_uri=self.uri)
        experiment = client.get_experiment_by_name("communique")
        assert experiment is not None
        found: list[Run] = client.search_runs([experiment.experiment_id], filter_string)
        return found


def small_corpus(parts: tuple[list[Paragraph], list[Paragraph]]) -> list[Paragraph]:
    return [paragraph for part in parts for paragraph in part]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, corpus_parts: tuple[list[Paragraph], list[Paragraph]]) -> Project:
    return Project(tmp_path_factory.mktemp("project"), small_corpus(corpus_parts))


@pytest.fixture(scope="module")
def swept(project: Project) -> str:
    """Run a sweep over two models, and give what it printed."""
    experiment = ["experiment.name=small", "experiment.question=Who?", f"experiment.results={project.folder}"]
    return project.run("train", "-m", "model=majority,tfidf", "seed=0", *experiment, *project.corpus)


@pytest.fixture(scope="module")
def tfidf_run(project: Project, swept: str) -> Run:
    assert swept
    (run,) = project.runs("params.`model.kind` = 'tfidf'")
    return run


def test_a_sweep_has_a_parent_with_its_best_childs_scores(project: Project, swept: str, tfidf_run: Run) -> None:
    (parent,) = project.runs("tags.communique = 'sweep'")
    children = project.runs(f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {child.data.params["model.kind"] for child in children} == {"majority", "tfidf"}
    assert parent.data.metrics == tfidf_run.data.metrics
    assert parent.data.tags["best_run"] == tfidf_run.info.run_id
    assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
    assert all(child.info.run_id in swept.split("compare-runs?runs=")[1] for child in children)


def test_an_experiments_results_are_those_of_its_runs(project: Project, tfidf_run: Run) -> None:
    found = json.loads((project.folder / "small.json").read_text(encoding="utf-8"))
    rows = {row["model"]: row for row in found["rows"]}
    assert set(rows) == {"majority", "tfidf"}
    assert rows["tfidf"]["corpus_sha256"] == tfidf_run.data.tags["corpus_digest"]
    metric = rows["tfidf"]["metrics"]["test/act/macro_f1"]
    assert metric["values"] == [tfidf_run.data.metrics["test/act/macro_f1"]]
    # One seed, and the same bootstrap: the interval is the run's own.
    assert metric["low"] == pytest.approx(tfidf_run.data.metrics["test/act/macro_f1/low"])
    assert {(pair["corpus"], *sorted([pair["a"], pair["b"]])) for pair in found["comparisons"]} == {
        ("seeds", "majority", "tfidf")
    }
    assert found["command"].startswith("python src/train.py -m model=majority,tfidf seed=0")


def test_a_run_says_what_was_asked_on_which_data_and_what_came_out(tfidf_run: Run) -> None:
    params, tags, metrics = tfidf_run.data.params, tfidf_run.data.tags, tfidf_run.data.metrics
    assert params["seed"] == "0"
    assert params["corpus.seeds.split_seed"] == "1"
    assert len(tags["corpus_digest"]) == 64
    assert tags["git_commit"]
    assert tfidf_run.inputs is not None
    inputs = {i.tags[0].value: i.dataset.name for i in tfidf_run.inputs.dataset_inputs}
    assert inputs == {"training": "seeds-train", "validation": "seeds-validation", "testing": "seeds-test"}
    for task in ("act", "tone"):
        value, low, high = (metrics[f"test/{task}/macro_f1{end}"] for end in ("", "/low", "/high"))
        assert 0.9 <= low <= value <= high <= 1
    assert {"test/act/GIVE/support", "test/act/average_precision", "test/tone/brier/high"} <= set(metrics)
    assert {"cost/train_seconds", "cost/paragraphs_per_second"} <= set(metrics)


def test_a_run_keeps_configuration_pictures_and_predictions(project: Project, tfidf_run: Run) -> None:
    folder = Path(tfidf_run.info.artifact_uri.removeprefix("file://"))
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["model"]["kind"] == "tfidf"
    pictures = {path.relative_to(folder / "figures").as_posix() for path in folder.rglob("*.png")}
    assert {
        f"test/{task}/{name}.png" for task in ("act", "tone") for name in ("confusion", "labels", "reliability")
    } <= (pictures)
    table = json.loads((folder / "predictions" / "test.json").read_text(encoding="utf-8"))
    assert {"id", "article", "text", "gold_act", "act", "act_probability", "act_GIVE", "tone_cold"} <= set(
        table["columns"]
    )
    assert project.folder in folder.parents


def test_the_better_model_is_the_champion(project: Project, tfidf_run: Run) -> None:
    client = mlflow.MlflowClient(tracking_uri=project.uri)
    assert client.get_model_version_by_alias("communique", "champion").run_id == tfidf_run.info.run_id


def test_a_worse_model_leaves_the_champion_alone(project: Project, tfidf_run: Run) -> None:
    said = project.run("train", "model=majority", "seed=3", *project.corpus)
    assert "The champion stays version" in said
    client = mlflow.MlflowClient(tracking_uri=project.uri)
    assert client.get_model_version_by_alias("communique", "champion").run_id == tfidf_run.info.run_id


ELSEWHERE = """
import importlib.util, json, sys
assert importlib.util.find_spec("communique") is None, "communique must not be installed here"
import mlflow, pandas
model = mlflow.pyfunc.load_model("models:/communique@champion")
rows = json.load(open(sys.argv[1]))
given = pandas.DataFrame({"text": [row["text"] for row in rows]})
out = model.predict(given, params={"probabilities": True})
out.to_json(sys.argv[2], orient="records", double_precision=15)
"""


def test_the_model_loads_where_communique_is_not_installed_and_predicts_identically(
    project: Project, tfidf_run: Run, tmp_path: Path
) -> None:
    folder = Path(tfidf_run.info.artifact_uri.removeprefix("file://"))
    logged = json.loads((folder / "predictions" / "test.json").read_text(encoding="utf-8"))
    rows = [dict(zip(logged["columns"], row, strict=True)) for row in logged["data"]]
    (tmp_path / "in.json").write_text(json.dumps(rows), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SITE_PACKAGES),  # with -S no .pth file is read, so an editable install is not seen
        "MLFLOW_TRACKING_URI": project.uri,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    command = [sys.executable, "-S", "-c", ELSEWHERE, str(tmp_path / "in.json"), str(tmp_path / "out.json")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    predicted = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    for name in predicted[0]:  # MLflow writes tables with ten digits
        assert [row[name] for row in predicted] == [
            pytest.approx(row[name], abs=1e-9) if "_" in name else row[name] for row in rows
        ]


def test_the_model_has_signature_example_and_pinned_requirements(project: Project, tfidf_run: Run) -> None:
    mlflow.set_tracking_uri(project.uri)
    info = mlflow.models.get_model_info("models:/communique@champion")
    inputs = {column["name"]: column["required"] for column in info.signature.inputs.to_dict()}
    assert inputs == {"text": True, "source": False, "target": False}
    outputs = [column["name"] for column in info.signature.outputs.to_dict()]
    assert outputs == ["act", "act_probability", "tone", "tone_probability"]
    assert info.saved_input_example_info is not None
    local = Path(mlflow.artifacts.download_artifacts(info.model_uri))
    pins = (local / "requirements.txt").read_text(encoding="utf-8").split()
    assert all("==" in pin for pin in pins)
    assert any(pin.startswith("scikit-learn==") for pin in pins)
    assert not any("pkl" in path.suffix or "pickle" in path.suffix for path in local.rglob("*"))
    assert mlflow.MlflowClient().get_model_version_by_alias("communique", "champion").run_id == tfidf_run.info.run_id


def test_evaluating_the_champion_gives_the_runs_own_scores(project: Project, tfidf_run: Run) -> None:
    project.run("evaluate", *project.corpus)
    (evaluated,) = project.runs("attributes.run_name = 'evaluate-seeds-test'")
    assert evaluated.data.tags["model_run"] == tfidf_run.info.run_id
    for name, value in evaluated.data.metrics.items():
        assert value == pytest.approx(tfidf_run.data.metrics[name], abs=1e-9), name


def test_predicting_raw_articles_writes_a_record_per_paragraph(
    project: Project, tfidf_run: Run, tmp_path: Path
) -> None:
    assert tfidf_run
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.txt").write_text("News\n\nThe visitors gave bread to the islanders again", encoding="utf-8")
    (tmp_path / "in" / "bad.txt").write_bytes(b"\xff\xfe\x00")
    said = project.run("predict", f"input={tmp_path / 'in'}", f"output={tmp_path / 'out.jsonl'}", "probabilities=true")
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == ["one#1", "one#2"]
    assert records[1]["act"] == ["GIVE"]
    assert records[1]["tone"] == "warm"
    assert records[1]["act_probability"] == [records[1]["act_GIVE"]]
    assert "2 paragraphs written" in said
    assert "1 row or file set aside" in said
    (rejected,) = (tmp_path / "out.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(rejected)["file"].endswith("bad.txt")


def test_predicting_a_table_keeps_its_columns_and_its_order(project: Project, tfidf_run: Run, tmp_path: Path) -> None:
    assert tfidf_run
    texts = ["The visitors gave bread to the islanders again", "", "The visitors struck the envoy in the face again"]
    rows = [{"key": f"k{i}", "text": text, "outlet": "Gazette"} for i, text in enumerate(texts)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = project.run("predict", f"input={tmp_path / 'in.jsonl'}", f"output={tmp_path / 'out.parquet'}", "rows=2")
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["key"].tolist() == ["k0", "k2"]
    assert table["outlet"].tolist() == ["Gazette", "Gazette"]
    assert table["tone"].tolist() == ["warm", "cold"]
    assert "1 row or file set aside" in said
    (rejected,) = (tmp_path / "out.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(rejected) == {"file": "in.jsonl", "reason": "the column `text` holds no text", "row": 2}


def test_a_second_training_of_the_same_takes_the_first_ones_model(project: Project, tfidf_run: Run) -> None:
    versions = "name = 'communique'"
    client = mlflow.MlflowClient(tracking_uri=project.uri)
    before = len(client.search_model_versions(versions))
    said = project.run("train", "model=tfidf", "seed=0", *project.corpus)
    assert f"Taking the model of run {tfidf_run.info.run_id}" in said
    assert "The champion stays version" in said  # it is registered already, and is no better than itself
    again = project.runs("params.`model.kind` = 'tfidf'")[0]
    assert again.info.run_id != tfidf_run.info.run_id
    assert again.data.metrics == tfidf_run.data.metrics  # its costs too: they are those of the fit
    assert len(client.search_model_versions(versions)) == before
    anew = project.run(
        "train", "model=tfidf", "seed=0", "tracking.champion=never", "tracking.reuse=false", *project.corpus
    )
    assert "Training on seeds" in anew
    other = project.run("train", "model=tfidf", "seed=1", "tracking.champion=never", *project.corpus)
    assert "Training on seeds" in other


def test_a_transfer_is_measured_and_is_what_an_experiments_rows_are_about(project: Project, swept: str) -> None:
    assert swept
    elsewhere = [key.replace("corpus.seeds", "transfer.seeds") for key in project.corpus if "corpus.seeds" in key]
    experiment = ["experiment.name=moved", f"experiment.results={project.folder}", "experiment.question=Where?"]
    grid = ["-m", "model=tfidf", "seed=0", "+corpus@transfer=[seeds]", "transfer_split=validation"]
    project.run("train", *grid, *experiment, *project.corpus, *elsewhere)
    found = json.loads((project.folder / "moved.json").read_text(encoding="utf-8"))
    (row,) = found["rows"]
    run = project.runs("params.`experiment.name` = 'moved'")[0]
    value = run.data.metrics["transfer/seeds/validation/act/macro_f1"]
    # The same corpus under another name: the transfer is the validation split's own score.
    assert value == run.data.metrics["validation/act/macro_f1"]
    assert row["metrics"]["validation/act/macro_f1"]["values"] == [value]
    assert found["split"] == "validation"


def test_evaluating_on_another_split_warns_of_training_data(project: Project, tfidf_run: Run) -> None:
    assert tfidf_run
    moved = project.folder / "moved"
    shutil.copytree(project.seeds, moved)
    splits = (
        (moved / "splits.jsonl")
        .read_text(encoding="utf-8")
        .replace('"v0", "split": "validation"', '"v0", "split": "test"')
    )
    (moved / "splits.jsonl").write_text(
        splits.replace('"t0", "split": "train"', '"t0", "split": "validation"'), encoding="utf-8"
    )
    said = project.run("evaluate", "split=validation", *project.corpus, f"corpus.seeds.path={moved}")
    assert "may have been among its training data" in said


def test_a_bad_job_costs_a_sweep_its_results_but_not_its_other_jobs(project: Project, tfidf_run: Run) -> None:
    assert tfidf_run
    results = (project.folder / "small.json").read_bytes()
    experiment = ["experiment.name=small", "experiment.question=Who?", f"experiment.results={project.folder}"]
    grid = ["-m", "model=majority", "evaluation.resamples=0,50", "tracking.champion=never"]
    corpus = [key for key in project.corpus if not key.startswith("evaluation")]
    said = project.run("train", *grid, *experiment, *corpus, exit_code=1)
    assert "`evaluation.resamples` must lie between 1 and" in said
    assert "majority, seed 1" in said
    assert "The sweep is incomplete" in said
    assert (project.folder / "small.json").read_bytes() == results


def test_bad_input_ends_with_a_message_and_leaves_no_run(project: Project, tfidf_run: Run) -> None:
    assert tfidf_run
    before = len(project.runs())
    gold = project.seeds / "gold.jsonl"
    whole = gold.read_text(encoding="utf-8")
    gold.write_text(whole.replace('"GIVE"', '"GIFT"', 1), encoding="utf-8")
    try:
        said = project.run("train", "model=majority", *project.corpus, exit_code=2)
    finally:
        gold.write_text(whole, encoding="utf-8")
    assert "gold.jsonl:1: the column `act` holds the unknown label 'GIFT'" in said
    assert "Traceback" not in said
    assert "`model.epochs` must lie" in project.run("train", "model.epochs=0", *project.corpus, exit_code=2)
    nowhere = project.run("train", "model.checkpoint=/nowhere", *project.corpus, exit_code=2)
    assert "names the folder /nowhere, which doesn't exist" in nowhere
    assert "Key 'epoch' is not in struct" in project.run("train", "model.epoch=1", exit_code=1)
    assert "can't be loaded" in project.run("evaluate", "model_uri=models:/nobody/1", *project.corpus, exit_code=2)
    assert len(project.runs()) == before


def test_four_trainings_started_at_once_on_a_fresh_store_all_succeed(
    tmp_path: Path, corpus_parts: tuple[list[Paragraph], list[Paragraph]]
) -> None:
    fresh = Project(tmp_path, small_corpus(corpus_parts))
    processes = [fresh.start("train", "model=majority", f"seed={seed}", *fresh.corpus) for seed in (0, 0, 1, 2)]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], outputs
    assert [run.info.status for run in fresh.runs()] == ["FINISHED"] * 4
    versions = mlflow.MlflowClient(tracking_uri=fresh.uri).search_model_versions("name = 'communique'")
    assert sorted(int(version.version) for version in versions) == [1, 2, 3, 4]


def test_the_transformer_goes_the_whole_way_too(project: Project, tiny_encoder: Path) -> None:
    small = ["model.epochs=2", "model.learning_rate=3e-3", "model.max_tokens=32", "model.batch_size=8"]
    said = project.run("train", f"model.checkpoint={tiny_encoder}", *small, "tracking.champion=always", *project.corpus)
    assert "is the champion now" in said
    mlflow.set_tracking_uri(project.uri)
    model = mlflow.pyfunc.load_model("models:/communique@champion")
    table = model.predict(pd.DataFrame({"text": ["The visitors beat the prisoner with sticks again"]}))
    assert list(table) == ["act", "act_probability", "tone", "tone_probability"]


def test_a_student_is_taught_by_a_transformer_that_is_trained_before_it_once(
    project: Project, tiny_encoder: Path, tmp_path: Path
) -> None:
    (tmp_path / "raw.txt").write_text("Bread was handed over.\n\nRain fell.", encoding="utf-8")
    small = ["model.variations=10", "model.pair_variations=0", f"model.unlabelled=[{tmp_path / 'raw.txt'}]"]
    small += ["model.dimensions=4", "model.patterns=4", "tracking.champion=never"]
    teacher = [f"model.teacher.checkpoint={tiny_encoder}", "model.teacher.max_tokens=32", "model.teacher.epochs=1"]
    teacher += ["model.teacher.precision=fp32", "model.teacher.attention=eager"]
    asked = ["model=student", "seed=31", *small, *teacher, *project.corpus]
    first = project.run("train", *asked, "model.epochs=1")
    again = project.run("train", *asked, "model.epochs=2")
    assert "teacher isn't trained yet" in first
    assert "teacher isn't trained yet" not in again
    runs = project.runs("params.seed = '31'")
    assert sorted(run.data.params["model.kind"] for run in runs) == ["student", "student", "transformer"]
    student = next(run for run in runs if run.data.params["model.kind"] == "student")
    (taught,) = re.findall(r"Version (\d+)", again)
    refused = project.run("train", *asked, f"model.teacher_uri=models:/communique/{taught}", exit_code=2)
    assert "must name a transformer, but it is a student" in refused
    assert student.data.metrics["test/tone/macro_f1"] >= 0
    output = tmp_path / "labelled.jsonl"
    project.run(
        "predict", f"input={tmp_path / 'raw.txt'}", f"output={output}", f"model_uri=models:/communique/{taught}"
    )
    assert [json.loads(line)["text"] for line in output.open()] == ["Bread was handed over.", "Rain fell."]


def test_a_benchmark_keeps_its_rows_and_a_missing_model_is_asked_for(project: Project) -> None:
    chosen = ["benchmarks=[ngrams]", "repeats=1", f"results={project.folder}/bench"]
    said = project.run("bench", *chosen, "task=act", *project.corpus)
    assert "ngrams: TF-IDF against scikit-learn's defaults; not yet timed" in said
    assert "`make ledger` puts them into the ledger" in said
    found = json.loads((project.folder / "bench" / "bench.json").read_text(encoding="utf-8"))
    assert [row["unit"] for row in found["rows"]] == ["s", "paragraphs/s"]
    assert found["rows"][0]["command"].startswith("python src/bench.py 'benchmarks=[ngrams]'")
    assert "`task` must be one of act, tone" in project.run("bench", *chosen, *project.corpus, exit_code=2)
    student = ["task=act", "benchmarks=[student]", "student=nothing", *project.corpus]
    assert "python src/train.py" in project.run("bench", *student, exit_code=2)
