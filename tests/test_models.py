"""What holds for every kind of model: it learns what can be learnt, is saved without pickle, and is repeatable."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from communique.codebook import Codebook
from communique.config import (
    Attention,
    CalibrationConfig,
    EvaluationConfig,
    MajorityConfig,
    ModelConfig,
    Pooling,
    Precision,
    Runtime,
    TfidfConfig,
    TransformerConfig,
)
from communique.errors import InputError
from communique.forms import agreement
from communique.models import Classifier, build, load
from communique.paragraphs import Paragraph
from tests.conftest import paragraph

Parts = tuple[list[Paragraph], list[Paragraph]]

CALIBRATION = CalibrationConfig(threshold_prior_rows=10)


def transformer(encoder: Path, epochs: int = 6) -> TransformerConfig:
    return TransformerConfig(
        kind="transformer",
        checkpoint=str(encoder),
        freeze_embeddings=False,
        pooling=Pooling.mean,
        dropout=0.1,
        encoder_dropout=0.1,
        max_tokens=32,
        epochs=epochs,
        batch_size=8,
        learning_rate=3e-3,
        head_learning_rate=1e-2,
        weight_decay=0.01,
        warmup_share=0.1,
        precision=Precision.fp32,
        attention=Attention.sdpa,
    )


def tfidf() -> TfidfConfig:
    return TfidfConfig("tfidf", 2, 2, 4, 1, 1.0)


@pytest.fixture(scope="module", params=["majority", "tfidf", "transformer"])
def config(request: pytest.FixtureRequest, tiny_encoder: Path) -> ModelConfig:
    configs = {"majority": MajorityConfig("majority"), "tfidf": tfidf(), "transformer": transformer(tiny_encoder)}
    chosen: ModelConfig = configs[request.param]
    return chosen


def fitted(config: ModelConfig, codebook: Codebook, parts: Parts, folder: Path, seed: int = 0) -> Classifier:
    classifier = build(config, CALIBRATION, codebook, seed, folder / "work")
    classifier.fit(*parts)
    return classifier


def test_the_same_seed_gives_the_same_result_bit_for_bit_also_seed_0(
    config: ModelConfig, codebook: Codebook, corpus_parts: Parts, tmp_path: Path
) -> None:
    first, second = (fitted(config, codebook, corpus_parts, tmp_path) for _ in range(2))
    for name, rows in first.predict(corpus_parts[1]).items():
        assert rows.tobytes() == second.predict(corpus_parts[1])[name].tobytes()
    assert first.calibrations == second.calibrations


def test_what_is_saved_and_loaded_predicts_identically_and_holds_no_pickle(
    config: ModelConfig, codebook: Codebook, corpus_parts: Parts, tmp_path: Path
) -> None:
    classifier = fitted(config, codebook, corpus_parts, tmp_path)
    classifier.save(tmp_path / "saved")
    loaded = load(tmp_path / "saved", Runtime.torch)
    for name, rows in classifier.predict(corpus_parts[1]).items():
        assert rows.tobytes() == loaded.predict(corpus_parts[1])[name].tobytes()
    assert loaded.codebook == codebook
    assert loaded.calibrations == classifier.calibrations
    suffixes = {path.suffix for path in (tmp_path / "saved").iterdir()}
    assert suffixes <= {".json", ".npz", ".skops", ".safetensors", ".onnx"}


def test_probabilities_have_a_row_per_paragraph_in_the_order_given(
    config: ModelConfig, codebook: Codebook, corpus_parts: Parts, tmp_path: Path
) -> None:
    classifier = fitted(config, codebook, corpus_parts, tmp_path)
    rows = [paragraph("rain fell over the plain, and fell, and fell"), paragraph("beat the guard"), paragraph("rain")]
    forward, backward = classifier.predict(rows), classifier.predict(rows[::-1])
    assert forward["act"].shape == (3, 2)
    np.testing.assert_allclose(forward["tone"].sum(axis=1), 1.0)
    np.testing.assert_allclose(forward["act"], backward["act"][::-1], atol=1e-6)


def test_missing_labels_do_no_harm(
    config: ModelConfig, codebook: Codebook, corpus_parts: Parts, tmp_path: Path
) -> None:
    train, validation = corpus_parts
    half = [paragraph(p.text, p.gold["act"], None, p.article, p.position) for p in train[:24]]
    classifier = fitted(config, codebook, ([*half, *train[24:]], validation), tmp_path)
    for rows in classifier.predict(validation).values():
        assert np.isfinite(rows).all()


@pytest.mark.parametrize("kind", ["tfidf", "transformer"])
def test_what_can_be_learnt_is_learnt(
    kind: str, codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    config = tfidf() if kind == "tfidf" else transformer(tiny_encoder)
    classifier = fitted(config, codebook, corpus_parts, tmp_path)
    validation = corpus_parts[1]
    decisions = classifier.decide(classifier.predict(validation))
    wanted = [["warm", "flat", "cold"].index(str(p.gold["tone"])) for p in validation]
    assert (decisions["tone"] == wanted).mean() > 0.9
    assert (decisions["act"] == [[w == 0, w == 2] for w in wanted]).mean() > 0.9


def test_another_seed_gives_another_transformer(
    codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    config = transformer(tiny_encoder, epochs=1)
    first, second = (fitted(config, codebook, corpus_parts, tmp_path, seed) for seed in (0, 1))
    rows = corpus_parts[1]
    assert first.predict(rows)["act"].tobytes() != second.predict(rows)["act"].tobytes()


@pytest.mark.parametrize("changed", [{"attention": Attention.eager}, {"precision": Precision.bf16}])
def test_attention_and_training_precision_make_no_difference_between_a_fitted_model_and_the_loaded_one(
    changed: dict[str, Any], codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    config = replace(transformer(tiny_encoder, epochs=1), **changed)
    classifier = fitted(config, codebook, corpus_parts, tmp_path)
    classifier.save(tmp_path / "saved")
    rows = corpus_parts[1]
    loaded = load(tmp_path / "saved", Runtime.torch)
    assert loaded.predict(rows)["act"].tobytes() == classifier.predict(rows)["act"].tobytes()


@pytest.mark.parametrize("task", ["act", "tone"])
def test_a_codebook_of_one_task_is_enough(
    task: str, codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    single = codebook.model_copy(update={"tasks": {task: codebook.tasks[task]}})
    classifier = fitted(transformer(tiny_encoder, epochs=1), single, corpus_parts, tmp_path)
    assert set(classifier.predict(corpus_parts[1])) == {task}


def test_labels_that_are_missing_are_not_taken_for_zeros(
    codebook: Codebook, corpus_parts: Parts, tmp_path: Path
) -> None:
    train, validation = corpus_parts
    bare = [paragraph(p.text, None, None, p.article, p.position) for p in train if p.gold["tone"] == "warm"]
    classifier = fitted(tfidf(), codebook, ([*bare, *train], validation), tmp_path)
    # Each warm text stands in training once labelled and once not; taken for a zero it would pull GIVE down to a half.
    assert classifier.predict(bare)["act"][:, 0].min() > 0.8


def test_the_majority_says_none_where_most_have_none(codebook: Codebook, tmp_path: Path) -> None:
    # GIVE on one of three, HIT on none; tones: flat twice, warm once.
    train = [paragraph(act=("GIVE",), tone="warm"), paragraph(act=(), tone="flat"), paragraph(act=(), tone="flat")]
    classifier = fitted(MajorityConfig("majority"), codebook, (train, train), tmp_path)
    predicted = classifier.predict([paragraph("Anything.")])
    np.testing.assert_allclose(predicted["act"], [[1.5 / 4, 0.5 / 4]])
    np.testing.assert_array_equal(classifier.decide(predicted)["act"], [[0, 0]])
    np.testing.assert_array_equal(classifier.decide(predicted)["tone"], [1])


def test_a_label_without_examples_is_never_predicted(codebook: Codebook, corpus_parts: Parts, tmp_path: Path) -> None:
    train, validation = ([p for p in part if p.gold["tone"] != "cold"] for part in corpus_parts)
    classifier = fitted(tfidf(), codebook, (train, validation), tmp_path)
    assert classifier.predict([paragraph("beat the prisoner with sticks")])["tone"][0, 2] < 0.01


@pytest.mark.parametrize("runtime", [Runtime.bf16, Runtime.onnx])
def test_the_faster_forms_of_a_transformer_say_nearly_the_same(
    runtime: Runtime, codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    classifier = fitted(transformer(tiny_encoder), codebook, corpus_parts, tmp_path)
    classifier.save(tmp_path / "saved")
    form = load(tmp_path / "saved", runtime)
    assert form.runtime == runtime.value
    rows = [*corpus_parts[1], paragraph("again"), paragraph(" ".join(["gave bread to the islanders"] * 20))]
    own, rounded = classifier.predict(rows), form.predict(rows)
    for task in own:
        np.testing.assert_allclose(rounded[task], own[task], atol=0.05)
        assert rounded[task].tobytes() != own[task].tobytes()  # else it was not another form


def test_the_forms_agreement_counts_equal_decisions_and_the_scores_they_cost(
    codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path, evaluation: EvaluationConfig
) -> None:
    classifier = fitted(transformer(tiny_encoder), codebook, corpus_parts, tmp_path)
    classifier.save(tmp_path / "saved")
    same = agreement(classifier, tmp_path / "saved", corpus_parts[1], evaluation)
    assert same["forms/onnx/tone/equal_labels"] == 1.0
    assert same["forms/onnx/tone/macro_f1_gain"] == 0.0
    other = fitted(transformer(tiny_encoder, epochs=1), codebook, corpus_parts, tmp_path, seed=1)
    differing = agreement(other, tmp_path / "saved", corpus_parts[1], evaluation)
    assert differing["forms/onnx/tone/equal_labels"] < 1.0
    assert differing["forms/onnx/tone/macro_f1"] == same["forms/onnx/tone/macro_f1"]
    gain = differing["forms/onnx/tone/macro_f1_gain"]
    assert gain > 0  # the form is that of a model that learnt more


def test_a_form_that_was_not_exported_is_asked_for_in_vain(
    codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path
) -> None:
    fitted(transformer(tiny_encoder, epochs=1), codebook, corpus_parts, tmp_path).save(tmp_path / "saved")
    (tmp_path / "saved" / "network.int8.onnx").unlink()
    with pytest.raises(InputError, match="runtime=onnx needs a model that was logged with its int8 form"):
        load(tmp_path / "saved", Runtime.onnx)
    assert load(tmp_path / "saved", Runtime.auto).runtime in {"torch", "bf16"}
