"""A sweep leaves out what is finished already, and its parent, table, link and results hold old and new runs alike."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run

from communique import training, workspace
from communique.composition import typed
from communique.config import SWEEP_VARIABLE, TrainConfig
from communique.paragraphs import Paragraph
from communique.sweeping import sweep
from communique.tracking import start_run
from communique.training import train
from communique.workspace import fingerprint, origins
from tests.test_composition import composed
from tests.test_end_to_end import Project, small_corpus


class Store(Project):
    """A project whose sweeps run in this process. Each test has an experiment and a registered model of its own."""

    name = ""

    def config(self, *overrides: str) -> TrainConfig:
        own = [f"tracking.experiment={self.name}", f"tracking.registered_model={self.name}"]
        return typed(composed("train", "model=majority", *own, *self.corpus, *overrides), TrainConfig)

    def sweep(self, *jobs: Sequence[str], stop: bool = False) -> None:
        """Run the jobs one after the other, each given by its overrides; with `stop`, Ctrl-C comes after the last."""
        with sweep():
            for job in jobs:
                train(self.config(*job), in_sweep=True)
            if stop:
                raise KeyboardInterrupt

    @property
    def trained(self) -> list[Run]:
        """The runs of this test that trained a model or failed to, the oldest first."""
        runs = mlflow.search_runs(
            experiment_names=[self.name], filter_string="tags.communique = 'run'", output_format="list"
        )
        return sorted(runs, key=lambda run: int(run.info.start_time))

    @property
    def last_parent(self) -> Run:
        parents = "tags.communique = 'sweep'"
        found = mlflow.search_runs(experiment_names=[self.name], filter_string=parents, output_format="list")
        return max(found, key=lambda run: int(run.info.start_time))

    def experiment(self, name: str) -> list[str]:
        return [f"experiment.name={name}", "experiment.question=Who?", f"experiment.results={self.folder}"]

    def results(self, name: str) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
        return found


@pytest.fixture(scope="module")
def module_store(
    tmp_path_factory: pytest.TempPathFactory, corpus_parts: tuple[list[Paragraph], list[Paragraph]]
) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        store = Store(tmp_path_factory.mktemp("sweeps"), small_corpus(corpus_parts))
        patch.setenv("MLFLOW_TRACKING_URI", store.uri)
        patch.setenv(SWEEP_VARIABLE, "")  # `sweep` sets it; this puts back what was there
        yield store


@pytest.fixture
def store(module_store: Store, request: pytest.FixtureRequest) -> Store:
    module_store.name = request.node.name[:60]
    return module_store


def test_a_sweep_that_was_stopped_goes_on_where_it_was(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [[f"model={model}", *store.experiment("who")] for model in ("tfidf", "majority")]
    with pytest.raises(SystemExit, match="130"):
        store.sweep(jobs[0], stop=True)
    assert "the same command runs what is missing" in " ".join(capsys.readouterr().out.split())
    assert not (store.folder / "who.json").exists()
    (tfidf,) = store.trained
    store.sweep(*jobs)
    said = capsys.readouterr().out
    assert f"tfidf-seeds-1 is finished: run {tfidf.info.run_id}" in said
    (_, majority) = store.trained  # and no third: tfidf was not run again
    assert majority.data.params["model.kind"] == "majority"
    assert store.last_parent.info.status == "FINISHED"
    assert store.last_parent.data.tags["best_run"] == tfidf.info.run_id
    assert store.last_parent.data.metrics == tfidf.data.metrics
    assert all(run.info.run_id in said.split("compare-runs?runs=")[1] for run in (tfidf, majority))
    assert {row["model"] for row in store.results("who")["rows"]} == {"tfidf", "majority"}


def test_what_is_asked_twice_in_one_sweep_is_no_second_seed(store: Store) -> None:
    again = ["seed=7", "tracking.skip_finished=never", *store.experiment("twice")]
    store.sweep(again, again)
    assert len(store.trained) == 2
    assert [row["seeds"] for row in store.results("twice")["rows"]] == [[7]]


def test_only_a_sweep_leaves_out_what_is_finished(store: Store) -> None:
    store.sweep(["seed=1"])
    train(store.config("seed=1"), in_sweep=False)
    assert len(store.trained) == 2


def test_a_run_of_other_code_counts_only_if_asked_and_its_commit_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sweep(["seed=1"])
    (first,) = store.trained
    mlflow.MlflowClient().set_tag(first.info.run_id, "git_commit", "a" * 40)
    mlflow.MlflowClient().set_tag(first.info.run_id, "git_changed", "false")
    for module in (training, workspace):
        monkeypatch.setattr(module, "origins", lambda model: {**origins(model), "code": "other"})
    any_code = ["tracking.skip_finished=any_code", *store.experiment("codes")]
    store.sweep(["seed=1", *any_code], ["seed=2", *any_code])
    (_, second) = store.trained
    assert second.data.params["seed"] == "2"
    found = store.results("codes")
    assert set(str(found["commit"]).replace("+changes", "").split(", ")) == {"a" * 40, second.data.tags["git_commit"]}
    store.sweep(["seed=1"])
    assert [run.data.params["seed"] for run in store.trained] == ["1", "2", "1"]


def test_a_run_whose_model_was_deleted_does_not_count(store: Store) -> None:
    store.sweep(["seed=1"])
    mlflow.MlflowClient().delete_model_version(store.name, "1")
    store.sweep(["seed=1"])
    assert len(store.trained) == 2
    assert mlflow.MlflowClient().get_model_version(store.name, "2").run_id == store.trained[1].info.run_id


def test_a_finished_runs_model_can_still_become_the_champion(store: Store) -> None:
    store.sweep(["seed=1", "tracking.champion=never"])
    store.sweep(["seed=1", "tracking.champion=better"])
    (run,) = store.trained
    assert mlflow.MlflowClient().get_model_version_by_alias(store.name, "champion").run_id == run.info.run_id


def test_another_map_between_codebooks_is_another_configuration(store: Store, tmp_path: Path) -> None:
    theirs = (store.corpus[1].partition("=")[2], tmp_path / "codebook.yaml")
    text = Path(theirs[0]).read_text(encoding="utf-8")
    name = text.split("name: ")[1].split("\n")[0]
    corpus = [key.replace("corpus.seeds", "transfer.seeds") for key in store.corpus if "corpus.seeds" in key]
    elsewhere = ["+corpus@transfer=[seeds]", *corpus, f"transfer.seeds.codebook={theirs[1]}"]
    for maps in ("", f"\nmaps:\n  {name}:\n    act: {{GIVE: HIT, HIT: GIVE}}\n"):
        theirs[1].write_text(text + maps, encoding="utf-8")
        store.sweep(elsewhere)
    plain, crossed = (run.data.tags for run in store.trained)
    assert plain["corpus_digest/seeds"] == crossed["corpus_digest/seeds"]
    assert plain["configuration"] != crossed["configuration"]


def test_where_a_run_is_logged_is_not_what_it_comes_to(store: Store) -> None:
    store.sweep(["seed=1"], ["seed=1", "tracking.champion=never", *store.experiment("where")])
    (run,) = store.trained
    assert run.data.tags["origins"] == fingerprint(origins({}))


def test_a_job_that_outlives_its_sweep_stands_alone(store: Store) -> None:
    with sweep():
        folder = Path(os.environ[SWEEP_VARIABLE])
        assert folder.is_dir()
    assert not folder.exists()
    config = store.config()
    with start_run(config.tracking, "late", {"experiment": None}, in_sweep=True) as run:
        pass
    found = mlflow.MlflowClient().get_run(run.id)
    assert found.info.status == "FINISHED"
    assert "mlflow.parentRunId" not in found.data.tags
