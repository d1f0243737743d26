"""A classifier: something that scores texts, made honest and decisive on the validation split."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from communique.codebook import Codebook
from communique.models.calibration import Array, Calibration, Decisions, decide
from communique.paragraphs import Paragraph, gold_array


class Scorer(Protocol):
    """What a kind of model has to offer. It knows texts and labels; no corpus, no MLflow."""

    calibrated: bool
    """Whether its logits are calibrated and its thresholds fitted; if not, they are taken as they are."""
    runtime: str
    """What it runs on, in a word, for the user to read."""

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Learn from `train`; choose, where there is something to choose, on `validation`."""

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Score: {task: [paragraphs × labels]}, in the order given."""

    def save(self, folder: Path) -> None:
        """Write what `load` needs, without pickle."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A teacher's tokenizer, as the tokenizers library writes it, and what each of its tokens means to the teacher.

    `vectors` are [tokens × dimensions].
    """

    tokenizer: str
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a student is taught with.

    `teacher` gives calibrated probabilities, {task: [paragraphs × labels]}; `unlabelled` are paragraphs of the user's.
    """

    teacher: Callable[[Sequence[Paragraph]], Mapping[str, Array]]
    vocabulary: Vocabulary
    unlabelled: Sequence[Paragraph]


@runtime_checkable
class HasVocabulary(Protocol):
    """A scorer that can be a teacher."""

    def vocabulary(self) -> Vocabulary:
        """Give tokenizer and token vectors."""


class Classifier:
    """Answers all tasks of a codebook: probabilities by `predict`, labels from these by `decide`."""

    def __init__(self, codebook: Codebook, scorer: Scorer, kind: str, threshold_prior_rows: float) -> None:
        self.codebook = codebook
        self.kind = kind
        self._scorer = scorer
        self._threshold_prior_rows = threshold_prior_rows
        self.calibrations = {name: Calibration.unfitted(task) for name, task in codebook.tasks.items()}

    @property
    def scorer(self) -> Scorer:
        """What gives the logits."""
        return self._scorer

    @property
    def runtime(self) -> str:
        """What the model runs on, in a word."""
        return self._scorer.runtime

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Fit the scorer, then scale, shift and thresholds on the validation split."""
        self._scorer.fit(train, validation)
        self.calibrate(validation)

    def calibrate(self, validation: Sequence[Paragraph]) -> None:
        """Fit scale, shift and thresholds to the logits of a scorer that is fitted."""
        if not self._scorer.calibrated:
            return
        logits = self._scorer.logits(validation)
        for name, task in self.codebook.tasks.items():
            gold = gold_array(validation, name, task)
            self.calibrations[name] = Calibration.fit(task, logits[name], gold, self._threshold_prior_rows)

    def vocabulary(self) -> Vocabulary:
        """Give the tokens that a student starts with; a TypeError where the model is none that teaches."""
        if not isinstance(self._scorer, HasVocabulary):
            raise TypeError(f"a {self.kind} has no tokens to teach with")
        return self._scorer.vocabulary()

    def predict(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Give calibrated probabilities: {task: [paragraphs × labels]}."""
        logits = self._scorer.logits(paragraphs)
        return {name: calibration.probabilities(logits[name]) for name, calibration in self.calibrations.items()}

    def decide(self, probabilities: dict[str, Array]) -> dict[str, Decisions]:
        """Give decisions: [paragraphs × labels] of 0 and 1 for a multilabel task, else [paragraphs] positions."""
        return {name: decide(self.calibrations[name].thresholds, rows) for name, rows in probabilities.items()}

    def save(self, folder: Path) -> None:
        """Write codebook, calibrations and scorer into a folder; `models.load` reads it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "codebook.json").write_text(self.codebook.model_dump_json(indent=1), encoding="utf-8")
        calibrations = {name: calibration.to_dict() for name, calibration in self.calibrations.items()}
        saved = {
            "kind": self.kind,
            "threshold_prior_rows": self._threshold_prior_rows,
            "calibrations": calibrations,
        }
        (folder / "classifier.json").write_text(json.dumps(saved, indent=1), encoding="utf-8")
        self._scorer.save(folder)
