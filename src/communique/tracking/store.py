"""Where MLflow keeps runs and models, and that it is ready."""

import logging
import os
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
for _noisy in ("alembic", "mlflow", "matplotlib"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)

import mlflow  # noqa: E402 after telemetry is switched off

from communique.config import ROOT, TrackingConfig  # noqa: E402
from communique.errors import InputError  # noqa: E402

SQLITE = "sqlite:///"
UI_ADDRESS = "http://127.0.0.1:5000"
"""Where `make ui` listens."""


def _uri() -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{ROOT / 'mlflow.db'}"


def _database() -> Path | None:
    return Path(_uri().removeprefix(SQLITE)) if _uri().startswith(SQLITE) else None


def one_at_a_time() -> AbstractContextManager[object]:
    """Keep other processes on the same SQLite file out; with a tracking server, those of this project's folder.

    The jobs of a sweep on several machines share that folder.
    """
    lock = Path(f"{_database() or ROOT / 'outputs' / 'tracking'}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(lock)


def open_store(config: TrackingConfig) -> str:
    """Connect to the store, create what is missing, and give the experiment's id.

    Processes that touch a fresh SQLite file at the same time crash in its migration, and of two that create the same
    experiment one fails: one at a time here.
    """
    uri, database = _uri(), _database()
    mlflow.set_tracking_uri(uri)
    with one_at_a_time():
        try:
            experiment = mlflow.get_experiment_by_name(config.experiment)
            if experiment is None:
                artifacts = (database.resolve().parent / "mlartifacts").as_uri() if database else None
                return str(mlflow.create_experiment(config.experiment, artifact_location=artifacts))
        except mlflow.MlflowException as error:
            raise InputError(
                f"MLflow's store {uri} can't be used: {error.message}. Check MLFLOW_TRACKING_URI."
            ) from error
    if experiment.lifecycle_stage == "deleted":
        raise InputError(
            f"the MLflow experiment {config.experiment!r} is deleted. Restore it or name another: "
            "tracking.experiment=NAME"
        )
    return str(experiment.experiment_id)


def page(path: str, query: str = "") -> str:
    """Give a page's address in the UI on this store: the tracking server's own, or that of `make ui`.

    Without the workflow type the UI opens for language models' traces, and shows no charts.
    """
    uri = str(mlflow.get_tracking_uri())
    address = uri.rstrip("/") if uri.startswith("http") else UI_ADDRESS
    return f"{address}/#/{path}?{query}workflowType=machine_learning"
