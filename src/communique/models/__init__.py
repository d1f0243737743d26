"""The models: `build` makes one from its configuration, `load` reads a saved one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from communique.codebook import Codebook, parse_codebook
from communique.config import (
    CalibrationConfig,
    MajorityConfig,
    ModelConfig,
    Runtime,
    StudentConfig,
    TfidfConfig,
    TransformerConfig,
)
from communique.errors import InputError
from communique.models.calibration import Calibration
from communique.models.classifier import Classifier, Lesson, Scorer, Vocabulary

__all__ = ["Classifier", "Lesson", "Vocabulary", "build", "forms", "load", "settled"]


M = TypeVar("M", bound=ModelConfig)


def settled(config: M, memory: Path) -> M:
    """Put a choice in the place of each `auto`, by what is fast on this machine; `memory` remembers it."""
    if not isinstance(config, TransformerConfig | StudentConfig):
        return config
    from communique.models.transformer import settle

    if isinstance(config, StudentConfig):
        return cast(M, replace(config, teacher=settle(config.teacher, memory)))
    return cast(M, settle(config, memory))


def build(
    config: ModelConfig,
    calibration: CalibrationConfig,
    codebook: Codebook,
    seed: int,
    workspace: Path,
    lesson: Lesson | None = None,
) -> Classifier:
    """Make the model that the configuration names.

    `workspace` is where a long training keeps what it resumes from; a student needs a lesson.
    """
    scorer: Scorer
    match config:
        case MajorityConfig():
            from communique.models.majority import Majority

            scorer = Majority(codebook)
        case TfidfConfig():
            from communique.models.tfidf import Tfidf

            scorer = Tfidf(codebook, config, seed)
        case TransformerConfig():
            from communique.models.transformer import Transformer

            scorer = Transformer(codebook, config, seed, workspace)
        case StudentConfig():
            from communique.models.student import Student

            if lesson is None:
                raise ValueError("a student can't be built without a lesson")
            scorer = Student(codebook, config, seed, workspace, lesson)
        case _:
            raise TypeError(f"no model for {type(config).__name__}")
    return Classifier(codebook, scorer, config.kind, calibration.threshold_prior_rows)


def load(folder: Path, runtime: Runtime) -> Classifier:
    """Read a classifier that `Classifier.save` wrote, in the form that `runtime` names where it has several."""
    codebook = parse_codebook((folder / "codebook.json").read_text(encoding="utf-8"), str(folder / "codebook.json"))
    saved = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
    scorer = _load_scorer(saved["kind"], folder, codebook, runtime)
    classifier = Classifier(codebook, scorer, saved["kind"], saved["threshold_prior_rows"])
    classifier.calibrations = {name: Calibration.from_dict(task) for name, task in saved["calibrations"].items()}
    return classifier


def forms(kind: str) -> list[Runtime]:
    """Name the faster forms that a saved model of a kind has on this machine."""
    if kind != "transformer":
        return []
    from communique.models.transformer import fast_forms

    return fast_forms()


def _load_scorer(kind: str, folder: Path, codebook: Codebook, runtime: Runtime) -> Scorer:
    match kind:
        case "majority":
            from communique.models.majority import Majority

            return Majority.load(folder, codebook)
        case "tfidf":
            from communique.models.tfidf import Tfidf

            return Tfidf.load(folder, codebook)
        case "transformer":
            from communique.models.transformer import Transformer

            return Transformer.load(folder, codebook, runtime)
        case "student":
            from communique.models.student import Student

            return Student.load(folder, codebook)
        case _:
            raise InputError(f"{folder} holds a model of the unknown kind {kind!r}; it needs a newer communique")
