"""What a student is taught with: its teacher, trained before it, and paragraphs that nobody has labelled."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from communique.config import Runtime, StudentConfig, TrainConfig, plain
from communique.corpora import Corpus
from communique.errors import InputError
from communique.models import Classifier, Lesson
from communique.paragraphs import Paragraph
from communique.printing import console
from communique.rows import TEXT
from communique.tables import find_input
from communique.workspace import fingerprint, fit_identity

ROWS = 10_000
"""Rows of a table that are read at a time."""


def lesson(config: TrainConfig, corpus: Corpus, train: Callable[[TrainConfig], None]) -> Lesson | None:
    """Give a student its teacher, in its fastest form, and the user's paragraphs; other models need none.

    `train` is called where the teacher is not in the store yet: as a run of its own, so that it is there next time.
    """
    if not isinstance(config.model, StudentConfig):
        return None
    unlabelled = [paragraph for path in config.model.unlabelled for paragraph in _paragraphs(Path(path).expanduser())]
    teacher = _named(config.model.teacher_uri, config) or _made(config, config.model, corpus, train)
    return Lesson(teacher.predict, teacher.vocabulary(), unlabelled)


def _named(uri: str | None, config: TrainConfig) -> Classifier | None:
    if uri is None:
        return None
    if "@" in uri:
        raise InputError(f"model.teacher_uri={uri} must name a version: what an alias stands for changes")
    from communique.tracking import classifier_of, load_model

    teacher = classifier_of(load_model(uri, Runtime.auto, config.tracking))
    if teacher.kind != "transformer":
        raise InputError(f"model.teacher_uri={uri} must name a transformer, but it is a {teacher.kind}")
    return teacher


def _made(
    config: TrainConfig, student: StudentConfig, corpus: Corpus, train: Callable[[TrainConfig], None]
) -> Classifier:
    """Take the teacher that `student.teacher` describes from the store, or train it first."""
    from communique.tracking import find_fit

    alone = replace(config, model=student.teacher)
    fit = fingerprint(fit_identity(plain(alone), corpus.digest))
    found = find_fit(fit, Runtime.auto, config.tracking) if config.tracking.reuse else None
    if found is None:
        console.print("The student's teacher isn't trained yet, with this code, data and seed: that comes first.")
        train(alone)
        found = find_fit(fit, Runtime.auto, config.tracking)
    if found is None:
        raise RuntimeError("the teacher was trained, but its model can't be found in the store")
    return found.classifier


def _paragraphs(path: Path) -> Iterator[Paragraph]:
    """Read what predict.py would label, and leave out what it would set aside."""
    found = find_input(path)
    for chunk in found.chunks(ROWS):
        for number, row in enumerate(chunk.table.to_pylist(), start=1):
            source, target = (v if isinstance(v := row.get(name), str) else None for name in ("source", "target"))
            yield Paragraph(f"{found.root.name}#{number}", "", number, row[TEXT], source=source, target=target)
