"""A logged model as a function of Spark's columns."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from communique import serving
from communique.codebook import Codebook, TaskKind
from communique.config import Runtime, TrackingConfig
from communique.tracking.registry import cannot_load
from communique.tracking.store import open_store


@contextmanager
def local_copy(uri: str, runtime: Runtime, config: TrackingConfig) -> Iterator[str]:
    """Give a folder with the model as Spark needs it, for as long as the block lasts.

    MLflow sends the folder to a cluster's machines, so these need no store, and the alias `champion` is looked up once.
    The runtime is written into it, for of `model_config` MLflow doesn't tell them; the copy of this package is left
    out, for a worker has room for one only, and that is ours, as for the local engine.
    """
    open_store(config)
    with TemporaryDirectory(prefix="communique-") as folder:
        try:
            copy = Path(mlflow.artifacts.download_artifacts(uri, dst_path=folder))
            model = Model.load(copy)
        except (MlflowException, OSError) as error:
            raise cannot_load(uri, error) from error
        flavor = model.flavors[mlflow.pyfunc.FLAVOR_NAME]
        flavor[mlflow.pyfunc.MODEL_CONFIG] = {serving.RUNTIME: runtime.value}
        flavor.pop(mlflow.pyfunc.CODE, None)
        model.save(copy / MLMODEL_FILE_NAME)
        yield str(copy)


def spark_function(session: object, copy: str, codebook: Codebook, *, all_probabilities: bool) -> Callable[[Any], Any]:
    """Give what makes of a column of structs, with the columns that the model reads, one with those it answers.

    Executors take the packages that they have: rebuilding the model's own would need a network on each of them.
    """
    talk = logging.getLogger(mlflow.pyfunc.__name__)
    level = talk.level
    talk.setLevel(logging.ERROR)  # it warns of that whenever it is done
    try:
        return cast(
            Callable[[Any], Any],
            mlflow.pyfunc.spark_udf(
                session,
                copy,
                result_type=_struct(answers(codebook, all_probabilities=all_probabilities)),
                env_manager="local",
                params={serving.ALL_PROBABILITIES: all_probabilities},
            ),
        )
    finally:
        talk.setLevel(level)


def answers(codebook: Codebook, *, all_probabilities: bool) -> dict[str, str]:
    """Name the columns that a model answers with, and their types, as Spark's SQL calls them."""
    columns: dict[str, str] = {}
    for name, task in codebook.tasks.items():
        many = task.kind is TaskKind.multilabel
        columns[name] = "array<string>" if many else "string"
        columns[f"{name}_probability"] = "array<double>" if many else "double"
        if all_probabilities:
            columns |= {f"{name}_{label}": "double" for label in task.names}
    return columns


def _struct(columns: dict[str, str]) -> str:
    return f"struct<{','.join(f'`{name}`:{kind}' for name, kind in columns.items())}>"
