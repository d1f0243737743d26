"""The model as MLflow loads it: from this code and plain files, without pickle.

MLflow copies this file and the package beside the model, so it loads where communique isn't installed.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from communique.models import load
from communique.paragraphs import Paragraph
from communique.records import prediction_table

ARTIFACT = "classifier"
TEXT_COLUMN = "text"
ALL_PROBABILITIES = "probabilities"


class Server(PythonModel):
    """Answers a DataFrame with a column `text` with labels and probabilities, a row for a row."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the classifier from the model's own folder."""
        self._classifier = load(Path(context.artifacts[ARTIFACT]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Give the columns of `communique.records`; params={"probabilities": True} adds one per label."""
        del context
        texts = model_input[TEXT_COLUMN].tolist()
        paragraphs = [Paragraph(id=str(i), article="", position=i, text=text) for i, text in enumerate(texts, start=1)]
        probabilities = self._classifier.predict(paragraphs)
        table = prediction_table(
            self._classifier.codebook,
            probabilities,
            self._classifier.decide(probabilities),
            all_probabilities=bool((params or {}).get(ALL_PROBABILITIES, False)),
        )
        return table.set_index(model_input.index)


mlflow.models.set_model(Server())
