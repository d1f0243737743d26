"""Runs and models in MLflow. Nobody but this package and `serving` imports mlflow."""

from communique.tracking.configurations import load_config
from communique.tracking.finished import Finished, last_models, take_finished
from communique.tracking.fits import Fit, find_fit
from communique.tracking.on_spark import answers, local_copy, spark_function
from communique.tracking.registry import classifier_of, load_model, log_model, model_id, origin, predict, promote
from communique.tracking.runs import Run, expected_seconds, load_predictions, start_run
from communique.tracking.sweeps import Child, Sweep, close_sweep

__all__ = [
    "Child",
    "Finished",
    "Fit",
    "Run",
    "Sweep",
    "answers",
    "classifier_of",
    "close_sweep",
    "expected_seconds",
    "find_fit",
    "last_models",
    "load_config",
    "load_model",
    "load_predictions",
    "local_copy",
    "log_model",
    "model_id",
    "origin",
    "predict",
    "promote",
    "spark_function",
    "start_run",
    "take_finished",
]
