"""The model as MLflow loads it: from this code and plain files, without pickle.

MLflow copies this file and the package beside the model, so it loads where communique isn't installed.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from communique.config import Runtime
from communique.models import Classifier, load
from communique.paragraphs import Paragraph
from communique.records import prediction_table

ARTIFACT = "classifier"
TEXT_COLUMN = "text"
PAIR_COLUMNS = ("source", "target")
"""Optional: whose stance toward whom is asked; without them it is that of the paragraph's main actor."""
ALL_PROBABILITIES = "probabilities"
RUNTIME = "runtime"


class Server(PythonModel):
    """Answers a DataFrame with a column `text`, and `source` and `target` where known, a row for a row."""

    classifier: Classifier

    def load_context(self, context: PythonModelContext) -> None:
        """Read the classifier from the model's own folder; load_model(…, model_config={"runtime": …}) says its form."""
        runtime = Runtime(context.model_config[RUNTIME])
        self.classifier = load(Path(context.artifacts[ARTIFACT]), runtime)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Give the columns of `communique.records`; params={"probabilities": True} adds one per label."""
        del context
        probabilities = self.classifier.predict(_paragraphs(model_input))
        table = prediction_table(
            self.classifier.codebook,
            probabilities,
            self.classifier.decide(probabilities),
            all_probabilities=bool((params or {}).get(ALL_PROBABILITIES, False)),
        )
        return table.set_index(model_input.index)


def _paragraphs(table: pd.DataFrame) -> list[Paragraph]:
    # A missing value of a text column may come as nan.
    sources, targets = (
        [value if isinstance(value, str) else None for value in table[name]] if name in table else [None] * len(table)
        for name in PAIR_COLUMNS
    )
    rows = zip(table[TEXT_COLUMN], sources, targets, strict=True)
    return [Paragraph(str(i), "", i, text, source=s, target=t) for i, (text, s, t) in enumerate(rows, start=1)]


mlflow.models.set_model(Server())
