"""What ours is held against is what it says it is, and gives rows by the same path. No timing is asserted here."""

from pathlib import Path

import numpy as np
import pytest
import torch

from communique.benchmarks.fine_tuning import fine_tuning, tasks
from communique.benchmarks.labelling import labelling
from communique.benchmarks.ngrams import ngrams
from communique.benchmarks.peers.peak import Shape, flop_per_paragraph, matrix_peak
from communique.benchmarks.peers.pipeline import as_pipeline
from communique.benchmarks.peers.scikit_learn import columns
from communique.benchmarks.peers.trainer import TrainerDefaults
from communique.benchmarks.setting import Setting
from communique.codebook import Codebook
from communique.models import Classifier, build
from communique.models.transformer import Transformer
from communique.paragraphs import Paragraph
from tests.conftest import paragraph
from tests.test_models import CALIBRATION, transformer

Parts = tuple[list[Paragraph], list[Paragraph]]


@pytest.fixture(scope="module")
def classifier(
    codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Classifier:
    work = tmp_path_factory.mktemp("fit") / "work"
    fitted = build(transformer(tiny_encoder, epochs=1), CALIBRATION, codebook, 0, work)
    fitted.fit(*corpus_parts)
    return fitted


def test_the_operations_of_a_token_are_counted_right() -> None:
    # Width 2, 3 inside, one layer: 2 · (4 · 2² + 2 · 2 · 3) = 56; attention over 5 tokens: 2 · 2 · 5 · 2 = 40.
    assert Shape(2, 3, 1).flop_per_token(5) == 96
    assert Shape(2, 3, 4).flop_per_token(5) == 384
    # A text of 1 token: 56 + 8; one of 3 tokens: 3 · (56 + 24); on average 152.
    assert flop_per_paragraph(Shape(2, 3, 1), [1, 3]) == pytest.approx(152)


def test_the_peak_is_a_speed_and_leaves_the_threads_as_they_were() -> None:
    before = torch.get_num_threads()
    assert matrix_peak(Shape(32, 64, 2), "torch", 0.01) > 0
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("batch_size", [4, None])
def test_the_pipeline_gives_the_networks_logits(
    batch_size: int | None, classifier: Classifier, corpus_parts: Parts
) -> None:
    texts = [
        "rain fell over the plain again, rain fell again and again",
        "beat the guard",
        *(p.text for p in corpus_parts[1]),
    ]
    rows = [paragraph(text) for text in texts]
    peer = as_pipeline(classifier, batch_size)
    theirs = peer.scorer.logits(rows)
    for name, ours in classifier.scorer.logits(rows).items():
        assert np.ptp(ours, axis=0).max() > 0.01  # or anything would be equal
        np.testing.assert_allclose(ours, theirs[name], atol=1e-5)
    assert peer.calibrations == classifier.calibrations


def test_the_pipeline_has_transformers_own_attention_and_ours_keeps_its(classifier: Classifier) -> None:
    assert isinstance(classifier.scorer, Transformer)
    encoder = classifier.scorer.parts[0].encoder
    encoder.set_attn_implementation("eager")
    peer = as_pipeline(classifier, 4).scorer
    assert peer._pipeline.model.network.encoder.config._attn_implementation == "sdpa"  # type: ignore[attr-defined]
    assert encoder.config._attn_implementation == "eager"


def test_a_model_that_is_no_transformer_is_no_pipeline(codebook: Codebook, setting: Setting) -> None:
    ngram_model = build(setting.config.tfidf, CALIBRATION, codebook, 0, Path())
    with pytest.raises(TypeError, match="this is a tfidf"):
        as_pipeline(ngram_model, 4)


def test_trainers_peer_starts_as_a_checkpoint_comes(codebook: Codebook, tiny_encoder: Path, tmp_path: Path) -> None:
    config = transformer(tiny_encoder)
    config.encoder_dropout, config.freeze_embeddings = 0.0, True
    network = TrainerDefaults(codebook, config, 1, tmp_path).parts[0]
    assert network.encoder.config.hidden_dropout_prob == 0.1
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(head.weight.std() > 0.01 for head in network.heads.values())  # type: ignore[operator]


def test_scores_go_into_the_columns_of_the_classes_that_were_seen() -> None:
    assert columns(np.array([0.5, -2.0]), [0, 2], 3).tolist() == [[-0.5, -10, 0.5], [2.0, -10, -2.0]]
    assert columns(np.array([[1.0, 2.0, 3.0]]), [0, 1, 2], 3).tolist() == [[1, 2, 3]]


def test_one_seed_more_is_one_value_more(setting: Setting) -> None:
    (row,) = fine_tuning(setting)
    assert row.what == "fine-tuning on 24 paragraphs, 1 epochs"
    assert len(row.pairs.ours) == len(row.extra["macro_f1_values"]["peer"]) == 2
    assert set(row.f1_ours) == {"act", "tone"}
    assert {"macro_f1_sd_ours", "macro_f1_sd_peer"} <= set(row.extra)


def test_two_models_answer_both_tasks_together(setting: Setting) -> None:
    trained, labelled = tasks(setting)
    assert "2 models, one task each" in trained.peer_name
    assert set(trained.f1_peer) == set(labelled.f1_ours) == {"act", "tone"}
    assert trained.pairs.more_is_better is False
    assert labelled.pairs.more_is_better is True


def test_tfidf_and_its_peer_learn_what_can_be_learnt(setting: Setting) -> None:
    fitting, labelled = ngrams(setting)
    assert labelled.f1_ours["act"] > 0.9
    assert labelled.f1_peer["tone"] > 0.9
    assert fitting.conditions == {"macro-F1 not lower": labelled.f1_ours["act"] >= labelled.f1_peer["act"]}


def test_the_transformer_is_held_against_the_pipeline_on_the_same_labels(
    setting: Setting, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Setting, "model", lambda *_: classifier)
    setting.config.labelling.one_by_one = 3
    batches, one_by_one, peak = labelling(setting)
    assert (batches.extra["equal_labels"], batches.extra["equal_paragraphs"]) == (1.0, 1.0)
    assert batches.f1_ours == batches.f1_peer
    assert list(batches.conditions.values()) == [True, True]
    assert one_by_one.f1_ours == {}  # three paragraphs are not the test split
    assert peak.peer_name == "what the matrix peak in fp32 allows"
