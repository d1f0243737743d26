"""The champion moves when it should; a failed run is marked and a failed job doesn't cost a sweep its parent."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from communique.config import SWEEP_VARIABLE, Promotion, Runtime, SkipFinished, TrackingConfig
from communique.errors import InputError
from communique.launching import COMMAND, PARENT
from communique.tracking import close_sweep, finished, last_models, load_model, promote, start_run
from communique.tracking.sweeps import RANK


def tracking(model: str, champion: Promotion = Promotion.better) -> TrackingConfig:
    return TrackingConfig("tests", model, champion, reuse=True, skip_finished=SkipFinished.same_code)


CONFIG = tracking("model")
ASKED = {"seed": 1, "experiment": {"name": None, "question": None}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One SQLite store for the module: creating one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        uri = f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        yield uri


def version(name: str) -> str:
    """Register an empty version: the registry doesn't look into it."""
    with start_run(CONFIG, "registers", ASKED) as run:
        client = mlflow.MlflowClient()
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        return str(client.create_model_version(name, source=f"file:///nowhere/{name}", run_id=run.id).version)


def champion(name: str) -> str:
    return str(mlflow.MlflowClient().get_model_version_by_alias(name, "champion").version)


@pytest.mark.usefixtures("store")
def test_the_champion_moves_to_the_better_on_the_same_data_only() -> None:
    config = tracking("better")
    first, worse, better, other = (version("better") for _ in range(4))
    assert "is the champion now" in promote(first, 0.5, "data", config)
    assert "stays version 1: 0.500 ≥ 0.400" in promote(worse, 0.4, "data", config)
    assert champion("better") == first
    assert "is the champion now: 0.600 > 0.500" in promote(better, 0.6, "data", config)
    assert champion("better") == better
    assert "was measured on other data" in promote(other, 0.9, "other data", config)
    assert champion("better") == better


@pytest.mark.usefixtures("store")
def test_never_and_always_are_obeyed() -> None:
    first, second = version("obeyed"), version("obeyed")
    promote(first, 0.9, "data", tracking("obeyed", Promotion.always))
    promote(second, 0.95, "data", tracking("obeyed", Promotion.never))
    assert champion("obeyed") == first
    promote(second, 0.1, "data", tracking("obeyed", Promotion.always))
    assert champion("obeyed") == second


@pytest.mark.usefixtures("store")
def test_a_failed_run_is_marked_and_says_why() -> None:
    with pytest.raises(ValueError, match="out of paper"), start_run(CONFIG, "fails", ASKED) as run:
        raise ValueError("out of paper")
    found = mlflow.MlflowClient().get_run(run.id)
    assert found.info.status == "FAILED"
    assert found.data.tags["error"] == "ValueError: out of paper"


@pytest.mark.usefixtures("store")
def test_a_sweep_is_ended_with_what_ended_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWEEP_VARIABLE, str(tmp_path))
    (tmp_path / COMMAND).write_text("python src/train.py -m seed=1,2,3", encoding="utf-8")
    for name, score in (("low", 0.2), ("high", 0.8)):
        with start_run(CONFIG, name, ASKED, in_sweep=True) as run:
            run.log_metrics({RANK: score})
    with pytest.raises(ValueError, match="lost"), start_run(CONFIG, "lost", ASKED, in_sweep=True):
        raise ValueError("lost")
    parent = (tmp_path / PARENT).read_text(encoding="utf-8")
    sweep = close_sweep(parent, ended_well=True)
    assert [child.name for child in sweep.children] == ["high", "low"]
    (failure,) = sweep.failures
    assert failure.startswith("lost ")
    assert failure.endswith(": ValueError: lost")
    assert sweep.command == "python src/train.py -m seed=1,2,3"
    found = mlflow.MlflowClient().get_run(parent)
    assert not sweep.complete
    assert found.info.status == "FAILED"
    assert found.data.metrics[RANK] == 0.8


@pytest.mark.usefixtures("store")
def test_the_last_finished_model_of_a_kind_on_the_same_data_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {}
    for name, data in (("old", "data"), ("new", "data"), ("other", "other data"), ("failed", "data")):
        with start_run(CONFIG, name, {"model": {"kind": "small"}}) as run:
            run.log_tags({"corpus_digest": data})
            ids[run.id] = name
            failed = run.id
    mlflow.MlflowClient().set_terminated(failed, "FAILED")
    monkeypatch.setattr(finished, "loadable_version", lambda run, _: ids.get(run))
    assert last_models(["small"], "data", CONFIG) == {"small": "models:/model/new"}
    monkeypatch.setattr(finished, "loadable_version", lambda run, _: None if ids.get(run) == "new" else ids.get(run))
    assert last_models(["small"], "data", CONFIG) == {"small": "models:/model/old"}
    with pytest.raises(InputError, match=r"Train it: python src/train\.py -m model=large,tiny$"):
        last_models(["large", "small", "tiny"], "data", CONFIG)


@pytest.mark.usefixtures("store")
def test_without_a_champion_one_is_told_how_to_get_it() -> None:
    with pytest.raises(InputError, match="`make train` trains the first champion"):
        load_model("models:/nobody@champion", Runtime.auto, CONFIG)


def test_a_store_that_cannot_be_reached_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "unknown://somewhere")
    with pytest.raises(InputError, match="Check MLFLOW_TRACKING_URI"):
        load_model("models:/model/1", Runtime.auto, CONFIG)
