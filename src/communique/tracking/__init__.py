"""Runs and models in MLflow. Nobody but this package and `serving` imports mlflow."""

from communique.tracking.registry import load_model, log_model, origin, predict, promote
from communique.tracking.runs import Run, expected_seconds, load_config, load_predictions, start_run
from communique.tracking.sweeps import Child, Sweep, close_sweep

__all__ = [
    "Child",
    "Run",
    "Sweep",
    "close_sweep",
    "expected_seconds",
    "load_config",
    "load_model",
    "load_predictions",
    "log_model",
    "origin",
    "predict",
    "promote",
    "start_run",
]
