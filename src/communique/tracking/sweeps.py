"""A sweep's own run: parent of its jobs' runs, with the best child's scores on it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from filelock import FileLock
from mlflow.entities import RunStatus

from communique.config import SWEEP_VARIABLE
from communique.errors import InputError
from communique.tracking.store import page

RANK = "validation/mean_macro_f1"
"""What the best run of a sweep is chosen by: never the test split."""


@dataclass(frozen=True, slots=True)
class Child:
    """One run of a sweep that ended well."""

    id: str
    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep that is over: its good runs, the best first, and the page that compares them."""

    children: list[Child]
    failed: int
    complete: bool
    link: str

    @property
    def metrics(self) -> list[Mapping[str, float]]:
        """Each child's metrics."""
        return [child.metrics for child in self.children]


def sweep_parent(experiment: str, asked: Mapping[str, Any]) -> str:
    """Give the id of this sweep's own run; the job that comes first creates it."""
    marker = Path(os.environ[SWEEP_VARIABLE])
    with FileLock(f"{marker}.lock"):
        if not marker.exists():
            question = asked.get("experiment", {})
            run = mlflow.MlflowClient().create_run(
                experiment, run_name=question.get("name") or "sweep", tags={"communique": "sweep"}
            )
            if question.get("question"):
                mlflow.MlflowClient().set_tag(run.info.run_id, "mlflow.note.content", question["question"])
            marker.write_text(run.info.run_id, encoding="utf-8")
        return marker.read_text(encoding="utf-8")


def close_sweep(parent: str, *, ended_well: bool) -> Sweep:
    """End the parent run, with the scores of the child that is best on the validation split.

    It ends as FAILED where the sweep itself did not end well, or not each of its runs did.
    """
    client = mlflow.MlflowClient()
    run = client.get_run(parent)
    experiment = run.info.experiment_id
    runs = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'", max_results=1000)
    ended = [child for child in runs if child.info.status == RunStatus.to_string(RunStatus.FINISHED)]
    if not ended:
        client.set_terminated(parent, "FAILED")
        raise InputError("no run of the sweep ended well: see the messages above")
    ended.sort(key=lambda child: child.data.metrics[RANK], reverse=True)
    best = ended[0]
    client.log_batch(parent, metrics=[mlflow.entities.Metric(k, v, 0, 0) for k, v in best.data.metrics.items()])
    client.set_tag(parent, "best_run", best.info.run_id)
    complete = ended_well and len(ended) == len(runs)
    client.set_terminated(parent, None if complete else "FAILED")
    children = [Child(r.info.run_id, r.info.run_name, r.data.params, r.data.metrics, r.data.tags) for r in ended]
    link = _comparison([child.id for child in children], experiment)
    return Sweep(children, len(runs) - len(ended), complete, link)


def _comparison(runs: list[str], experiment: str) -> str:
    ids, experiments = (
        json.dumps(values, separators=(",", ":")).replace('"', "%22") for values in (runs, [experiment])
    )
    return page("compare-runs", f"runs={ids}&experiments={experiments}&")
