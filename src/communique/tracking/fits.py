"""Fits that were made already: a run with the same code, data, configuration and seed needs no second training."""

from collections.abc import Mapping
from dataclasses import dataclass

import mlflow
from mlflow.exceptions import MlflowException

from communique.config import TrackingConfig
from communique.models import Classifier
from communique.tracking.runs import Run

COST = "cost/"


@dataclass(frozen=True, slots=True)
class Fit:
    """A finished run's model, the version it is registered as, and what its training cost."""

    run: str
    version: str
    classifier: Classifier
    costs: Mapping[str, float]


def find_fit(fit: str, run: Run, config: TrackingConfig) -> Fit | None:
    """Find the last finished run that is tagged with this fit and whose model is still registered and can be loaded."""
    client = mlflow.MlflowClient()
    found = client.search_runs(
        [run.experiment_id], f"attributes.status = 'FINISHED' and tags.fit = '{fit}'", max_results=1
    )
    if not found:
        return None
    registered = f"name = '{config.registered_model}' and run_id = '{found[0].info.run_id}'"
    versions = client.search_model_versions(registered)
    if not versions:
        return None
    try:
        model = mlflow.pyfunc.load_model(f"runs:/{found[0].info.run_id}/model")
    except (MlflowException, OSError):  # the run is there, but its model was deleted
        return None
    costs = {name: value for name, value in found[0].data.metrics.items() if name.startswith(COST)}
    return Fit(found[0].info.run_id, str(versions[0].version), model.unwrap_python_model().classifier, costs)
