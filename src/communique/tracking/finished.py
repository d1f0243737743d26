"""Runs that are finished: jobs of a sweep that need not run again, models that were trained already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlflow

from communique.config import SkipFinished, TrackingConfig
from communique.errors import InputError
from communique.tracking.registry import loadable_version
from communique.tracking.store import open_store
from communique.tracking.sweeps import CONFIGURATION, EARLIER, RANK, sweep_parent

ORIGINS, FIT_OF = "origins", "fit_of"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run of the same configuration, the version of its model, and what that is ranked by."""

    run: str
    version: str
    score: float


def take_finished(tags: Mapping[str, str], asked: Mapping[str, Any], config: TrackingConfig) -> Finished | None:
    """Find the last finished run with these tags `configuration` and `origins`; the sweep's own run remembers it.

    A run counts only while its model, which may be an earlier run's, is registered and its files are there.
    """
    if config.skip_finished is SkipFinished.never:
        return None
    experiment, client = open_store(config), mlflow.MlflowClient()
    wanted = [CONFIGURATION] if config.skip_finished is SkipFinished.any_code else [CONFIGURATION, ORIGINS]
    same = " and ".join(f"tags.{name} = '{tags[name]}'" for name in wanted)
    for run in client.search_runs([experiment], f"attributes.status = 'FINISHED' and {same}"):
        version = loadable_version(run.data.tags.get(FIT_OF, run.info.run_id), config)
        if version is not None:
            parent = sweep_parent(experiment, asked)
            if parent is not None:
                client.set_tag(parent.id, f"{EARLIER}{run.info.run_id}", run.info.run_name)
            return Finished(run.info.run_id, version, run.data.metrics[RANK])
    return None


def last_models(kinds: Sequence[str], corpus_digest: str, config: TrackingConfig) -> dict[str, str]:
    """Name for each kind the model of its last finished run on the same data: {"tfidf": "models:/communique/3"}.

    InputError where there is none; it has the command that trains what is missing.
    """
    found = {kind: _last_version(kind, corpus_digest, config) for kind in kinds}
    if missing := [kind for kind, version in found.items() if version is None]:
        several = "-m " if len(missing) > 1 else ""
        raise InputError(
            f"the store holds no finished run of model.kind={','.join(missing)} on this corpus, with its model. "
            f"Train it: python src/train.py {several}model={','.join(missing)}"
        )
    return {kind: f"models:/{config.registered_model}/{version}" for kind, version in found.items()}


def _last_version(kind: str, corpus_digest: str, config: TrackingConfig) -> str | None:
    experiment = open_store(config)
    trained = f"params.`model.kind` = '{kind}' and tags.corpus_digest = '{corpus_digest}'"
    for run in mlflow.MlflowClient().search_runs([experiment], f"attributes.status = 'FINISHED' and {trained}"):
        version = loadable_version(run.data.tags.get(FIT_OF, run.info.run_id), config)
        if version is not None:
            return version
    return None
