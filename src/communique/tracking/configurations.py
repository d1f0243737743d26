"""What was asked of a run or of a sweep: logged as its YAML, read back from it."""

from collections.abc import Mapping
from typing import Any, cast

import mlflow
import yaml

CONFIG_FILE = "config.yaml"


def log_config(run: str, asked: Mapping[str, Any]) -> None:
    """Log the configuration as YAML."""
    text = yaml.safe_dump(dict(asked), sort_keys=False, allow_unicode=True)
    mlflow.MlflowClient().log_text(run, text, CONFIG_FILE)


def load_config(run: str) -> dict[str, Any]:
    """Read back the configuration that a run was asked for."""
    text = mlflow.artifacts.load_text(f"runs:/{run}/{CONFIG_FILE}")
    return cast(dict[str, Any], yaml.safe_load(text))
