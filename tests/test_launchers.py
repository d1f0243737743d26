"""A sweep's jobs in other processes: joblib's, and submitit's with a tracking server, as on a cluster."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import mlflow
import pandas as pd
import pytest

from communique.launching import PARENT, SWEEPS
from communique.paragraphs import Paragraph
from tests.test_end_to_end import Project, small_corpus

START_SECONDS = 180
"""How long the server may take to answer: seconds on an idle machine, more on a busy one."""


@pytest.fixture
def fresh(tmp_path: Path, corpus_parts: tuple[list[Paragraph], list[Paragraph]]) -> Project:
    return Project(tmp_path, small_corpus(corpus_parts))


@pytest.fixture
def server(fresh: Project) -> Iterator[Project]:
    """Start a tracking server of the project's own; it is stopped however the test ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = ["--backend-store-uri", fresh.uri, "--artifacts-destination", str(fresh.folder / "artifacts")]
    light = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port), *store]
    with (fresh.folder / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=light, cwd=fresh.folder, start_new_session=True)
        try:
            fresh.uri = f"http://127.0.0.1:{port}"
            wait_for(f"{fresh.uri}/health", process)
            yield fresh
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # it and its worker
            process.wait(timeout=60)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 the loopback
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server at {address} did not start")


def test_two_processes_of_joblib_start_on_a_fresh_store_and_an_error_in_one_is_told(fresh: Project) -> None:
    launcher = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    # No word is in 1000 of the 48 training paragraphs.
    grid = ["model=tfidf", "model.min_document_frequency=1,1000,2"]
    said = fresh.run("train", "-m", *launcher, *grid, *fresh.corpus, exit_code=1)
    (parent,) = fresh.runs("tags.communique = 'sweep'")
    children = fresh.runs(f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.data.params["model.min_document_frequency"]: run.info.status for run in children} == {
        "1": "FINISHED",
        "2": "FINISHED",
        "1000": "FAILED",
    }
    (failed,) = (run for run in children if run.info.status == "FAILED")
    assert failed.data.tags["error"].startswith("InputError: no n-gram is frequent enough")
    assert f"Error: {failed.data.tags['error'].removeprefix('InputError: ')}" in said  # the job itself says it
    assert f"tfidf-seeds-1 {failed.info.run_id}: InputError: no n-gram" in said  # and the sweep when it ends
    assert parent.info.status == "FAILED"
    assert len(fresh.runs("tags.communique = 'run'")) == 3
    # sys.argv of a worker is its own business.
    started_by = "python src/train.py -m hydra/launcher=joblib hydra.launcher.n_jobs=2 model=tfidf"
    assert all(run.data.tags["command"].startswith(started_by) for run in [parent, *children])


def test_a_sweep_by_submitit_goes_to_a_tracking_server_and_its_model_comes_back(server: Project) -> None:
    said = server.run("train", "-m", "hydra/launcher=submitit_local", "model=majority", "seed=1,2", *server.corpus)
    (parent,) = server.runs("tags.communique = 'sweep'")
    children = server.runs(f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.data.params["seed"]: run.info.status for run in children} == {"1": "FINISHED", "2": "FINISHED"}
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["best_run"] in {run.info.run_id for run in children}
    # A third of the test split is warm; who always says one of three tones has F1 1/2 in it and 0 in the others.
    assert [run.data.metrics["test/tone/macro_f1"] for run in children] == [pytest.approx(1 / 6)] * 2
    started_by = "python src/train.py -m hydra/launcher=submitit_local model=majority"
    assert all(run.data.tags["command"].startswith(started_by) for run in [parent, *children])
    assert f"{server.uri}/#/compare-runs?runs=" in said
    shared = SWEEPS.glob(f"*/{PARENT}")
    assert parent.info.run_id not in {marker.read_text(encoding="utf-8") for marker in shared}  # it is cleaned up
    mlflow.set_tracking_uri(server.uri)
    model = mlflow.pyfunc.load_model("models:/communique@champion")
    given = pd.DataFrame({"text": ["The visitors gave bread to the islanders again"]})
    assert list(model.predict(given)) == ["act", "act_probability", "tone", "tone_probability"]
    assert not (server.folder / "mlartifacts").exists()  # the files are where the server keeps them
