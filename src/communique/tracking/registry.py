"""Models: logged from code with a run, registered, the best of them the champion."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import cast

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.pyfunc import PyFuncModel
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array

import communique
from communique import serving
from communique.codebook import Codebook, TaskKind
from communique.config import Promotion, Runtime, TrackingConfig
from communique.errors import InputError
from communique.models import Classifier
from communique.tracking.store import one_at_a_time, open_store

CHAMPION = "champion"
SCORE_TAG, DIGEST_TAG = "validation_mean_macro_f1", "corpus_digest"
REQUIREMENTS = ("mlflow", "numpy", "pandas", "pydantic", "pyyaml", "scipy")
REQUIREMENTS_BY_KIND = {
    "majority": (),
    "tfidf": ("scikit-learn", "skops"),
    "student": ("safetensors", "threadpoolctl", "tokenizers"),
    "transformer": ("onnxruntime", "safetensors", "torch", "transformers"),
}


def log_model(classifier: Classifier, folder: Path, examples: Sequence[str], config: TrackingConfig) -> str:
    """Log the model, which was saved in `folder`, with the active run and register it; gives its version.

    What is logged is code and plain files: serving.py, a copy of the package, the classifier's folder.
    """
    package = Path(communique.__file__).parent
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=str(package / "serving.py"),
        code_paths=[str(package)],
        artifacts={serving.ARTIFACT: str(folder)},
        signature=signature(classifier.codebook),
        model_config={serving.RUNTIME: Runtime.auto.value},
        input_example=pd.DataFrame({serving.TEXT_COLUMN: list(examples)}),
        pip_requirements=[
            f"{name}=={version(name).split('+')[0]}" for name in (*REQUIREMENTS, *REQUIREMENTS_BY_KIND[classifier.kind])
        ],
    )
    return str(mlflow.register_model(logged.model_uri, config.registered_model).version)


def signature(codebook: Codebook) -> ModelSignature:
    """Describe input, output and parameters, so that MLflow's server and Spark know them."""
    columns: list[ColSpec | TensorSpec] = []
    given: list[ColSpec | TensorSpec] = [ColSpec(DataType.string, serving.TEXT_COLUMN)]
    given += [ColSpec(DataType.string, name, required=False) for name in serving.PAIR_COLUMNS]
    for name, task in codebook.tasks.items():
        many = task.kind is TaskKind.multilabel
        columns.append(ColSpec(Array(DataType.string) if many else DataType.string, name))
        columns.append(ColSpec(Array(DataType.double) if many else DataType.double, f"{name}_probability"))
    return ModelSignature(
        inputs=Schema(given),
        outputs=Schema(columns),
        params=ParamSchema([ParamSpec(serving.ALL_PROBABILITIES, DataType.boolean, default=False)]),
    )


def promote(candidate: str, score: float, digest: str, config: TrackingConfig) -> str:
    """Move the alias `champion` to a version if it is the better one, and say in a sentence what was done and why.

    Scores can be compared only on the same data: a champion of another corpus digest stays, unless
    tracking.champion=always.
    """
    name, client = config.registered_model, mlflow.MlflowClient()
    client.set_model_version_tag(name, candidate, SCORE_TAG, repr(score))
    client.set_model_version_tag(name, candidate, DIGEST_TAG, digest)
    if config.champion is Promotion.never:
        return f"Version {candidate} is registered; tracking.champion=never leaves the champion alone."
    with one_at_a_time():  # between the comparison and the move no other run may become the champion
        return _move(candidate, score, digest, config)


def _move(candidate: str, score: float, digest: str, config: TrackingConfig) -> str:
    name, client = config.registered_model, mlflow.MlflowClient()
    champion = _champion(client, name)
    if champion is None or config.champion is Promotion.always:
        client.set_registered_model_alias(name, CHAMPION, candidate)
        return f"Version {candidate} is the champion now."
    if champion.tags.get(DIGEST_TAG) != digest:
        return (
            f"Version {candidate} is registered. The champion, version {champion.version}, was measured on other data "
            "and stays; tracking.champion=always would replace it."
        )
    held = float(champion.tags[SCORE_TAG])
    if not score > held:  # a nan is no better
        kept = f"The champion stays version {champion.version}: {held:.3f} ≥ {score:.3f}."
        return f"Version {candidate} is registered. {kept}"
    client.set_registered_model_alias(name, CHAMPION, candidate)
    return f"Version {candidate} is the champion now: {score:.3f} > {held:.3f} of version {champion.version}."


def _champion(client: mlflow.MlflowClient, name: str) -> mlflow.entities.model_registry.ModelVersion | None:
    try:
        return client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:  # no model, no alias
            return None
        raise


def loadable_version(run: str, config: TrackingConfig) -> str | None:
    """Give the version that a run's model is registered as; None where version or files were deleted since."""
    registered = f"name = '{config.registered_model}' and run_id = '{run}'"
    for found in mlflow.MlflowClient().search_model_versions(registered):
        try:
            mlflow.models.get_model_info(f"models:/{config.registered_model}/{found.version}")
        except (MlflowException, OSError):
            continue
        return str(found.version)
    return None


def load_model(uri: str, runtime: Runtime, config: TrackingConfig) -> PyFuncModel:
    """Load a logged model from the store; an InputError says how to get one where there is none."""
    open_store(config)
    try:
        return cast(PyFuncModel, mlflow.pyfunc.load_model(uri, model_config={serving.RUNTIME: runtime.value}))
    except (MlflowException, OSError) as error:
        raise cannot_load(uri, error) from error


def cannot_load(uri: str, error: Exception) -> InputError:
    """Say that there is no such model, and how to get one."""
    reason = str(error).splitlines()[0]
    return InputError(f"model_uri={uri} can't be loaded: {reason}. `make train` trains the first champion.")


def origin(model: PyFuncModel) -> dict[str, str]:
    """Name the run that trained a model, and the digest of the corpus it was trained on, as tags."""
    run = str(model.metadata.run_id)
    digest = mlflow.MlflowClient().get_run(run).data.tags.get(DIGEST_TAG, "")
    return {"model_run": run, "model_corpus_digest": digest}


def classifier_of(model: PyFuncModel) -> Classifier:
    """Give the classifier inside a loaded model."""
    served = model.unwrap_python_model()  # type: ignore[no-untyped-call]
    if not hasattr(served, "classifier"):
        raise InputError("the model was logged by an earlier communique: train it anew (`make train`)")
    return cast(serving.Server, served).classifier


def model_id(model: PyFuncModel) -> str:
    """Name a loaded model so that no other has the name."""
    return str(model.metadata.model_uuid or model.metadata.run_id)


def predict(model: PyFuncModel, given: pd.DataFrame, *, all_probabilities: bool) -> pd.DataFrame:
    """Label texts with a loaded model; a table of `communique.records`, a row for a row.

    `given` has a column `text`, and `source` and `target` where they are known.
    """
    return cast(pd.DataFrame, model.predict(given, params={serving.ALL_PROBABILITIES: all_probabilities}))
