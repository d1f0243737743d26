"""Are a saved model's faster forms the same model? They are held against it on the validation split."""

from collections.abc import Sequence
from pathlib import Path

from communique.config import EvaluationConfig
from communique.evaluation import report
from communique.models import Classifier, forms, load
from communique.paragraphs import Paragraph


def agreement(
    classifier: Classifier, folder: Path, paragraphs: Sequence[Paragraph], config: EvaluationConfig
) -> dict[str, float]:
    """Compare each form of the model that was saved in `folder` with the model itself, as metrics of its run.

    `forms/<runtime>/<task>/equal_labels` is the share of decisions that are equal (each label of a multilabel task is
    one), `…/macro_f1` the form's own score, `…/macro_f1_gain` that minus the model's.
    """
    own = classifier.decide(probabilities := classifier.predict(paragraphs))
    scores = report(paragraphs, classifier.codebook, probabilities, own, config)
    metrics: dict[str, float] = {}
    for runtime in forms(classifier.kind):
        form = load(folder, runtime)
        decided = form.decide(probabilities := form.predict(paragraphs))
        found = report(paragraphs, classifier.codebook, probabilities, decided, config)
        for task, decisions in decided.items():
            place, macro_f1 = f"forms/{runtime.value}/{task}", found[task].scores["macro_f1"].value
            metrics[f"{place}/equal_labels"] = float((decisions == own[task]).mean())
            metrics[f"{place}/macro_f1"] = macro_f1
            metrics[f"{place}/macro_f1_gain"] = macro_f1 - scores[task].scores["macro_f1"].value
    return metrics
