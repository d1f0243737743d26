"""The student: tokens, look-ups, variations of paragraphs, and learning from a teacher."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from communique.codebook import Codebook
from communique.config import CalibrationConfig, Runtime, StudentConfig
from communique.models import Classifier, Lesson, Vocabulary, build, load
from communique.models.student.answers import answers
from communique.models.student.fitting import Learner, padded
from communique.models.student.network import Network
from communique.models.student.scorer import principal
from communique.models.student.tokens import laid_out, marked
from communique.models.student.variations import Variations
from communique.paragraphs import Paragraph
from tests.conftest import COLD, FLAT, WARM, paragraph
from tests.test_models import transformer

CALIBRATION = CalibrationConfig(threshold_prior_rows=10)
Parts = tuple[list[Paragraph], list[Paragraph]]


class Fit(Protocol):
    """Fits a student."""

    def __call__(self, parts: Parts, config: StudentConfig, unlabelled: Sequence[Paragraph] = ...) -> Classifier: ...


def pair(text: str, source: str, target: str) -> Paragraph:
    return replace(paragraph(text, act=None, tone="cold"), source=source, target=target)


def student(**changed: object) -> StudentConfig:
    config = StudentConfig(
        kind="student",
        teacher=transformer(Path("unused")),
        teacher_uri=None,
        unlabelled=[],
        variations=100,
        pair_variations=0,
        replaced=0.2,
        gold_share=0.0,
        dimensions=8,
        patterns=8,
        widths=[1, 2, 3],
        hidden=16,
        dropout=0.0,
        epochs=20,
        batch_size=16,
        learning_rate=2e-2,
    )
    return replace(config, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def vocabulary(tiny_encoder: Path) -> Vocabulary:
    text = (tiny_encoder / "tokenizer.json").read_text(encoding="utf-8")
    tokens = len(json.loads(text)["model"]["vocab"])
    return Vocabulary(text, np.random.default_rng(0).normal(size=(tokens, 12)).astype(np.float32))


def teacher(paragraphs: Sequence[Paragraph]) -> Mapping[str, NDArray[np.float64]]:
    """Say GIVE and warm of what has a word of WARM, HIT and cold of what has one of COLD."""

    def share(phrases: list[str], text: str) -> float:
        own = {word for phrase in phrases for word in phrase.split()} - {"the", "a", "with", "in", "for", "and", "over"}
        return 0.98 if own & set(text.split()) else 0.02

    act = np.array([[share(WARM, p.text), share(COLD, p.text)] for p in paragraphs])
    tone = np.array([[warm, 0.1, cold] for warm, cold in act])
    return {"act": act, "tone": tone / tone.sum(axis=1, keepdims=True)}


@pytest.fixture
def fitted(codebook: Codebook, vocabulary: Vocabulary, tmp_path: Path) -> Fit:
    def fit(parts: Parts, config: StudentConfig, unlabelled: Sequence[Paragraph] = ()) -> Classifier:
        lesson = Lesson(teacher, vocabulary, unlabelled)
        classifier = build(config, CALIBRATION, codebook, 0, tmp_path / "work", lesson)
        classifier.fit(*parts)
        return classifier

    return fit


def test_whose_stance_toward_whom_is_asked_is_marked_in_the_text() -> None:
    asked = pair("Norland thanked Esteria.", "Norland", "Esteria")
    assert marked(asked).split() == ["¶", "†", "thanked", "‡", "."]
    assert marked(replace(asked, source="Esteria", target="Norland")).split() == ["¶", "‡", "thanked", "†", "."]
    assert marked(paragraph("Norland thanked Esteria.")) == "Norland thanked Esteria."


def test_rows_are_laid_behind_one_another_with_gaps_between() -> None:
    ragged = laid_out([np.array([1, 2]), np.array([], dtype=np.int64), np.array([3])], gap=2, empty=9)
    assert ragged.ids.tolist() == [9, 9, 1, 2, 9, 9, 9, 9, 3, 9, 9, 9]
    assert ragged.inner(0).tolist() == [1, 2, 9, 9, 9, 9, 3, 9]
    assert ragged.inner(-2).tolist() == [9, 9, 1, 2, 9, 9, 9, 9]
    assert ragged.reduce(np.add, ragged.inner(0)[:, None].astype(np.float32)).tolist() == [[3], [0], [3]]
    assert ragged.starts.tolist() == [2, 6, 8]
    assert ragged.lengths.tolist() == [2, 0, 1]


@pytest.mark.parametrize("widths", [[1], [2], [3], [1, 2, 3], [5]])
def test_the_look_ups_compute_what_torch_has_learnt(widths: list[int]) -> None:
    torch.manual_seed(0)
    learner = Learner(np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32), 5, student(widths=widths))
    random = np.random.default_rng(1)
    rows = [random.integers(0, 20, size) for size in (7, 1, 0, 30, 2, *random.integers(1, 40, 300))]
    with torch.no_grad():
        wanted = learner.eval()(padded(rows, learner.padding)).numpy()
    np.testing.assert_allclose(Network(learner.weights(), widths).logits(rows), wanted, atol=1e-4)
    assert np.abs(wanted - wanted[0]).max() > 0.1


def test_principal_components_keep_what_differs_most() -> None:
    # Nearly all that differs lies along (1, 1): one dimension tells the two ends apart, with the spread asked for.
    vectors = np.array([[3, 3], [-3, -3], [1, 1.1], [-1, -1.1]], dtype=np.float32) + 5
    reduced = principal(vectors, 1)
    assert reduced.shape == (4, 1)
    assert reduced[0, 0] == pytest.approx(-reduced[1, 0], rel=1e-3)
    assert reduced[0, 0] / reduced[2, 0] == pytest.approx(3, rel=0.1)
    assert reduced.std() == pytest.approx(0.5)


def test_the_teacher_is_not_asked_again_for_what_it_said_before_a_stop(
    monkeypatch: pytest.MonkeyPatch, vocabulary: Vocabulary, corpus_parts: Parts, tmp_path: Path
) -> None:
    monkeypatch.setattr("communique.models.student.answers.PART", 10)
    asked: list[int] = []

    def tired(paragraphs: Sequence[Paragraph]) -> Mapping[str, NDArray[np.float64]]:
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(len(paragraphs))
        return teacher(paragraphs)

    texts = corpus_parts[0]  # 48
    with pytest.raises(KeyboardInterrupt):
        answers(Lesson(tired, vocabulary, []), texts, tmp_path)
    assert asked == [10, 10, 10]
    asked.clear()
    said = answers(Lesson(tired, vocabulary, []), texts, tmp_path)
    assert asked == [10, 8]
    np.testing.assert_array_equal(said["act"], teacher(texts)["act"])


def test_variations_are_the_same_by_the_same_seed_and_are_new_texts(corpus_parts: Parts) -> None:
    first, second, other = (Variations(corpus_parts[0], 0.2, seed).make(50, 0) for seed in (1, 1, 2))
    assert [p.text for p in first] == [p.text for p in second]
    assert [p.text for p in first] != [p.text for p in other]
    assert len(first) == 50
    assert {p.text for p in first} - {p.text for p in corpus_parts[0]}


def test_a_varied_pair_keeps_the_names_that_it_asks_for() -> None:
    known = [pair("Norland thanked Esteria for the bread and the salt .", "Norland", "Esteria")]
    made = Variations(known, 0.9, 1).make(0, 40)
    assert {(p.source, p.target) for p in made} >= {("Norland", "Esteria"), ("Esteria", "Norland")}
    assert all(str(p.source) in p.text and str(p.target) in p.text for p in made)
    assert len({p.text for p in made}) > 5


def test_a_student_learns_what_its_teacher_says_and_not_the_labels(fitted: Fit, corpus_parts: Parts) -> None:
    train = [replace(p, gold={"act": (), "tone": "flat"}) for p in corpus_parts[0]]
    classifier = fitted((train, corpus_parts[1]), student())
    decisions = classifier.decide(classifier.predict([paragraph(phrase) for phrase in (*WARM, *COLD, *FLAT)]))
    np.testing.assert_array_equal(decisions["tone"], [0] * 4 + [2] * 4 + [1] * 4)
    np.testing.assert_array_equal(decisions["act"], [[1, 0]] * 4 + [[0, 1]] * 4 + [[0, 0]] * 4)


def test_with_all_the_share_the_labels_are_what_counts(fitted: Fit, corpus_parts: Parts) -> None:
    turned = [replace(p, gold={"act": p.gold["act"], "tone": "flat"}) for p in corpus_parts[0]]
    classifier = fitted((turned, turned), student(gold_share=1.0, variations=0))
    decisions = classifier.decide(classifier.predict([paragraph(phrase) for phrase in (*WARM, *COLD)]))
    np.testing.assert_array_equal(decisions["tone"], [1] * 8)


def test_unlabelled_paragraphs_are_learnt_from(fitted: Fit, corpus_parts: Parts) -> None:
    flat = [p for p in corpus_parts[0] if p.gold["tone"] == "flat"]
    unlabelled = [paragraph(f"The visitors {phrase} once more", None, None) for phrase in (*WARM, *COLD)] * 6
    unlabelled = [replace(p, gold={}) for p in unlabelled]
    config = student(variations=0)
    asked = [paragraph(phrase) for phrase in WARM]
    without, taught = (fitted((flat, corpus_parts[1]), config, texts) for texts in ([], unlabelled))
    assert taught.predict(asked)["tone"][:, 0].min() > 0.8
    assert without.predict(asked)["tone"][:, 0].max() < 0.5


def test_a_saved_student_is_the_student(fitted: Fit, corpus_parts: Parts, tmp_path: Path) -> None:
    classifier = fitted(corpus_parts, student())
    classifier.save(tmp_path / "saved")
    loaded = load(tmp_path / "saved", Runtime.auto)
    for task, rows in classifier.predict(corpus_parts[1]).items():
        assert rows.tobytes() == loaded.predict(corpus_parts[1])[task].tobytes()
    assert {path.suffix for path in (tmp_path / "saved").iterdir()} == {".json", ".safetensors"}


def test_a_student_without_a_lesson_cannot_be_built(codebook: Codebook) -> None:
    with pytest.raises(ValueError, match="without a lesson"):
        build(student(), CALIBRATION, codebook, 0, Path("unused"))
