"""A sweep's own run: parent of its jobs' runs, with the best child's scores on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mlflow
from filelock import FileLock
from mlflow.entities import Run, RunStatus

from communique.errors import InputError
from communique.launching import COMMAND, PARENT, job_folder
from communique.tracking.configurations import log_config
from communique.tracking.store import page

RANK = "validation/mean_macro_f1"
"""What the best run of a sweep is chosen by: never the test split."""
CONFIGURATION, EARLIER = "configuration", "earlier_run/"
"""The tag that equal configurations share; on a sweep's own run, a tag per finished run that spared it a job."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A sweep's own run, and the command that started the sweep."""

    id: str
    command: str


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
    """A sweep that is over: its good runs, the best first, its failures in a line each, the page that compares them."""

    children: list[Child]
    failures: list[str]
    complete: bool
    command: str
    link: str

    @property
    def metrics(self) -> list[Mapping[str, float]]:
        """Each child's metrics."""
        return [child.metrics for child in self.children]


def sweep_parent(experiment: str, asked: Mapping[str, Any]) -> Parent | None:
    """Give this sweep's own run; the job that comes first creates it and leaves its id in the sweep's folder.

    None when the sweep is over already: the job's run stands alone then, and the next sweep takes it over.
    """
    folder = job_folder()
    if folder is None:
        return None
    command, marker = (folder / COMMAND).read_text(encoding="utf-8"), folder / PARENT
    with FileLock(f"{marker}.lock"):
        if not marker.exists():
            marker.write_text(_create(experiment, asked, command), encoding="utf-8")
        return Parent(marker.read_text(encoding="utf-8"), command)


def _create(experiment: str, asked: Mapping[str, Any], command: str) -> str:
    client, question = mlflow.MlflowClient(), asked["experiment"]
    tags = {"communique": "sweep", "command": command}
    if question["question"]:
        tags["mlflow.note.content"] = question["question"]
    run = client.create_run(experiment, run_name=question["name"] or "sweep", tags=tags)
    log_config(run.info.run_id, asked)
    return str(run.info.run_id)


def close_sweep(parent: str, *, ended_well: bool) -> Sweep:
    """End the parent run, with the scores of the child that is best on the validation split.

    It ends as FAILED where the sweep itself did not end well, or not each of its runs did.
    """
    client = mlflow.MlflowClient()
    run = client.get_run(parent)
    experiment = run.info.experiment_id
    runs = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'", max_results=1000)
    earlier = [tag.removeprefix(EARLIER) for tag in run.data.tags if tag.startswith(EARLIER)]
    runs += [client.get_run(other) for other in earlier if other not in {child.info.run_id for child in runs}]
    ended = _distinct([child for child in runs if _finished(child)])
    if not ended:
        client.set_terminated(parent, "FAILED")
        raise InputError("no run of the sweep ended well: see the messages above")
    ended.sort(key=lambda child: child.data.metrics[RANK], reverse=True)
    best = ended[0]
    client.log_batch(parent, metrics=[mlflow.entities.Metric(k, v, 0, 0) for k, v in best.data.metrics.items()])
    client.set_tag(parent, "best_run", best.info.run_id)
    failures = [_failure(child) for child in runs if not _finished(child)]
    complete = ended_well and not failures
    client.set_terminated(parent, None if complete else "FAILED")
    children = [Child(r.info.run_id, r.info.run_name, r.data.params, r.data.metrics, r.data.tags) for r in ended]
    link = _comparison([child.id for child in children], experiment)
    return Sweep(children, failures, complete, run.data.tags["command"], link)


def _finished(run: Run) -> bool:
    return bool(run.info.status == RunStatus.to_string(RunStatus.FINISHED))


def _distinct(runs: list[Run]) -> list[Run]:
    """Keep one run of each configuration, the oldest: what was asked twice in one sweep is no second seed."""
    kept: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.info.start_time):
        kept.setdefault(run.data.tags.get(CONFIGURATION, run.info.run_id), run)
    return list(kept.values())


def _failure(run: Run) -> str:
    return f"{run.info.run_name} {run.info.run_id}: {run.data.tags.get('error', 'it has not ended')}"


def _comparison(runs: list[str], experiment: str) -> str:
    ids, experiments = (
        json.dumps(values, separators=(",", ":")).replace('"', "%22") for values in (runs, [experiment])
    )
    return page("compare-runs", f"runs={ids}&experiments={experiments}&")
