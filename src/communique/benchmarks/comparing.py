"""Do two classifiers give the same labels, and how good are they?"""

from collections.abc import Mapping, Sequence

import numpy as np

from communique.benchmarks.setting import Setting
from communique.codebook import Codebook
from communique.evaluation import report
from communique.mapping import Answers
from communique.models import Classifier
from communique.models.calibration import Decisions
from communique.paragraphs import Paragraph


def label(classifier: Classifier, paragraphs: Sequence[Paragraph]) -> Answers:
    """Do all that labelling takes, from texts to decisions."""
    probabilities = classifier.predict(paragraphs)
    return probabilities, classifier.decide(probabilities)


def macro_f1(setting: Setting, codebook: Codebook, answers: Answers) -> dict[str, float]:
    """Score the test split by task; `answers` begin with its paragraphs. Nothing where they don't reach its end."""
    test = setting.test
    probabilities = {name: rows[: len(test)] for name, rows in answers[0].items()}
    decisions = {name: rows[: len(test)] for name, rows in answers[1].items()}
    if any(len(rows) < len(test) for rows in probabilities.values()):
        return {}
    scores = report(test, codebook, probabilities, decisions, setting.config.evaluation)
    return {name: task.scores["macro_f1"].value for name, task in scores.items()}


def equal_labels(ours: Mapping[str, Decisions], peer: Mapping[str, Decisions]) -> float:
    """Give the share of equal decisions over all tasks; each label of a multilabel task is one decision."""
    return float(np.concatenate([(ours[name] == peer[name]).ravel() for name in ours]).mean())


def equal_paragraphs(ours: Mapping[str, Decisions], peer: Mapping[str, Decisions]) -> float:
    """Give the share of paragraphs whose labels are all equal."""
    same = [(ours[name] == peer[name]).reshape(len(ours[name]), -1).all(axis=1) for name in ours]
    return float(np.all(same, axis=0).mean())
