"""Fits that were made already: a run with the same code, data, configuration and seed needs no second training."""

from collections.abc import Mapping
from dataclasses import dataclass

import mlflow
from mlflow.exceptions import MlflowException

from communique import serving
from communique.config import Runtime, TrackingConfig
from communique.models import Classifier
from communique.tracking.registry import loadable_version
from communique.tracking.store import open_store

COST = ("cost/", "forms/")
"""What belongs to a fit and not to a run: its price, and how the model's forms agree."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished run's model, the version it is registered as, and what its training cost."""

    run: str
    version: str
    classifier: Classifier
    costs: Mapping[str, float]


def find_fit(fit: str, runtime: Runtime, config: TrackingConfig) -> Fit | None:
    """Find the last finished run that is tagged with this fit and whose model is still registered and can be loaded."""
    experiment, client = open_store(config), mlflow.MlflowClient()
    found = client.search_runs([experiment], f"attributes.status = 'FINISHED' and tags.fit = '{fit}'", max_results=1)
    if not found:
        return None
    version = loadable_version(found[0].info.run_id, config)
    if version is None:
        return None
    try:
        model = mlflow.pyfunc.load_model(
            f"models:/{config.registered_model}/{version}", model_config={serving.RUNTIME: runtime.value}
        )
    except (MlflowException, OSError):  # a part of its files was deleted
        return None
    costs = {name: value for name, value in found[0].data.metrics.items() if name.startswith(COST)}
    return Fit(found[0].info.run_id, version, model.unwrap_python_model().classifier, costs)
