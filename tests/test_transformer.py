"""What is the transformer's own: the masked loss, the checked weights, the best epoch, going on after a stop."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from communique.codebook import Codebook, TaskKind
from communique.config import Attention, Precision, TransformerConfig
from communique.errors import InputError
from communique.models import build
from communique.models.transformer import Transformer, checkpoints, fitting, pretrained, probing
from communique.models.transformer.network import task_loss
from communique.models.transformer.progress import ProgressBar
from communique.paragraphs import Paragraph
from tests.test_models import CALIBRATION, transformer

Parts = tuple[list[Paragraph], list[Paragraph]]


def test_the_loss_of_missing_labels_is_masked() -> None:
    logits = torch.tensor([[2.0, -1.0], [5.0, 5.0]], requires_grad=True)
    gold = torch.tensor([[1.0, 0.0], [torch.nan, torch.nan]])
    # Only the first row counts: log(1 + e^-2) + log(1 + e^-1), summed over its two labels.
    loss = task_loss(logits, gold, TaskKind.multilabel)
    assert loss.item() == pytest.approx(0.126928 + 0.313262, abs=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[1].tolist() == [0.0, 0.0]


def test_the_loss_of_a_multiclass_task_is_masked() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0]])
    # Only the first row is labelled, and its three labels are equally likely: log 3.
    assert task_loss(logits, torch.tensor([1.0, -1.0]), TaskKind.multiclass).item() == pytest.approx(1.098612)


def test_a_batch_without_any_label_costs_nothing() -> None:
    logits = torch.ones(2, 3, requires_grad=True)
    loss = task_loss(logits, torch.tensor([-1.0, -1.0]), TaskKind.multiclass)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0.0


def test_the_packaged_weights_are_the_ones_expected() -> None:
    assert Path(pretrained.locate("minilm-l6"), "config.json").exists()


def test_weights_with_another_sum_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(InputError, match=r"expected 53aa5117.*: reinstall"):
        pretrained._check(tmp_path / "model.safetensors")


def test_without_the_package_the_hub_id_is_taken_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pretrained, "DEFAULT_PACKAGE", "no_such_package")
    assert pretrained.locate("minilm-l6") == "sentence-transformers/all-MiniLM-L6-v2"
    assert "taking sentence-transformers/all-MiniLM-L6-v2 from the hub" in caplog.text


def test_a_checkpoint_folder_that_does_not_exist_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"names the folder \./nowhere, which doesn't exist"):
        pretrained.locate("./nowhere")


def test_more_tokens_than_the_encoder_takes_is_an_input_error(
    codebook: Codebook, tiny_encoder: Path, tmp_path: Path
) -> None:
    config = transformer(tiny_encoder)
    config.max_tokens = 1024
    with pytest.raises(InputError, match=r"model\.max_tokens must be at most 512"):
        build(config, CALIBRATION, codebook, 0, tmp_path)


def test_half_written_checkpoints_are_removed_and_the_newest_whole_one_is_found(tmp_path: Path) -> None:
    for step, whole in ((9, True), (18, True), (100, False)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if whole:
            (tmp_path / f"checkpoint-{step}" / checkpoints.MARKER).touch()
    assert checkpoints.last_complete(tmp_path) == tmp_path / "checkpoint-18"
    assert not (tmp_path / "checkpoint-100").exists()
    assert checkpoints.last_complete(tmp_path / "nothing") is None


class StopsInTheThirdEpoch(ProgressBar):
    """Interrupts the training when the third epoch begins, as Ctrl-C would."""

    def on_epoch_begin(self, args: object, state: object, control: object, **kwargs: object) -> None:
        """Raise."""
        del args, control, kwargs
        if int(getattr(state, "epoch", 0)) == 2:
            raise KeyboardInterrupt


def test_a_training_that_was_stopped_goes_on_and_ends_as_if_it_never_had_been(
    codebook: Codebook,
    corpus_parts: Parts,
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = transformer(tiny_encoder, epochs=4)
    undisturbed = build(config, CALIBRATION, codebook, 7, tmp_path / "one")
    undisturbed.fit(*corpus_parts)

    with monkeypatch.context() as patched:
        patched.setattr(fitting, "ProgressBar", StopsInTheThirdEpoch)
        with pytest.raises(KeyboardInterrupt):
            build(config, CALIBRATION, codebook, 7, tmp_path / "two").fit(*corpus_parts)
    assert checkpoints.last_complete(tmp_path / "two") is not None

    resumed = build(config, CALIBRATION, codebook, 7, tmp_path / "two")
    resumed.fit(*corpus_parts)
    # 48 paragraphs in batches of 8 make 6 steps an epoch; two epochs were done.
    assert "going on from step 12 of 24" in capsys.readouterr().out
    for name, rows in undisturbed.predict(corpus_parts[1]).items():
        assert rows.tobytes() == resumed.predict(corpus_parts[1])[name].tobytes()
    assert not (tmp_path / "two").exists()


def test_the_epoch_that_is_best_on_validation_is_kept(
    codebook: Codebook, corpus_parts: Parts, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: TransformerConfig = transformer(tiny_encoder, epochs=3)
    states: list[dict[str, torch.Tensor]] = []
    scores = iter([0.2, 0.9, 0.1])

    class Watching(ProgressBar):
        def on_epoch_end(self, args: object, state: object, control: object, **kwargs: object) -> None:
            del args, state, control
            model = kwargs["model"]
            assert isinstance(model, torch.nn.Module)
            states.append({key: value.clone() for key, value in model.state_dict().items()})

    monkeypatch.setattr(fitting, "ProgressBar", Watching)
    monkeypatch.setattr(fitting, "_score", lambda *_: next(scores))
    classifier = build(config, CALIBRATION, codebook, 0, tmp_path / "work")
    classifier.fit(*corpus_parts)
    classifier.save(tmp_path / "saved")
    from safetensors.torch import load_file

    saved = load_file(tmp_path / "saved" / "network.safetensors")
    assert all(torch.equal(saved[key], states[1][key]) for key in saved)
    assert not all(torch.equal(saved[key], states[2][key]) for key in saved)


def test_what_is_fastest_is_tried_once_and_remembered(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {
        (Precision.fp32, Attention.eager): 1.0,
        (Precision.fp32, Attention.sdpa): 0.97,  # too little to change for
        (Precision.bf16, Attention.eager): 0.5,
        (Precision.bf16, Attention.sdpa): 0.6,
    }
    tried: list[tuple[Precision, Attention]] = []

    def timed(_: object, precision: Precision, attention: Attention, best: float) -> float:
        del best
        tried.append((precision, attention))
        return seconds[precision, attention]

    monkeypatch.setattr(probing, "_step_seconds", timed)
    asked = replace(transformer(tiny_encoder), precision=Precision.auto, attention=Attention.auto)
    chosen = probing.settle(asked, tmp_path / "outputs" / "probe.json")
    assert (chosen.precision, chosen.attention) == (Precision.bf16, Attention.eager)
    assert len(tried) == 4
    assert probing.settle(asked, tmp_path / "outputs" / "probe.json") == chosen
    assert len(tried) == 4
    only_fp32 = replace(asked, precision=Precision.fp32)
    assert probing.settle(only_fp32, tmp_path / "outputs" / "probe.json").attention is Attention.eager
    given = replace(transformer(tiny_encoder), attention=Attention.sdpa)
    assert probing.settle(given, tmp_path / "other.json") == given  # nothing to try
    assert not (tmp_path / "other.json").exists()


def test_a_step_is_really_timed_and_a_hopeless_one_only_once(tiny_encoder: Path) -> None:
    shape = pretrained.shape_of(str(tiny_encoder))
    assert 0 < probing._step_seconds(shape, Precision.fp32, Attention.eager, float("inf")) < 60
    seconds = probing._step_seconds(shape, Precision.bf16, Attention.sdpa, 1e-12)
    assert seconds > 3e-12


def test_a_transformer_is_not_built_before_its_choices_are_made(
    codebook: Codebook, tiny_encoder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="are to be settled"):
        build(replace(transformer(tiny_encoder), attention=Attention.auto), CALIBRATION, codebook, 0, tmp_path)


def test_a_tokens_vector_is_the_mean_of_its_states_where_it_stands_alone(
    codebook: Codebook, tiny_encoder: Path, tmp_path: Path
) -> None:
    scorer = build(transformer(tiny_encoder), CALIBRATION, codebook, 0, tmp_path).scorer
    assert isinstance(scorer, Transformer)
    vocabulary, (network, tokenizer, _) = scorer.vocabulary(), scorer.parts
    assert vocabulary.vectors.shape == (len(tokenizer), 32)
    with torch.inference_mode():
        alone = network.encoder(**tokenizer("bread", return_tensors="pt")).last_hidden_state.mean(dim=1)[0]
    token = tokenizer.convert_tokens_to_ids("bread")
    torch.testing.assert_close(torch.from_numpy(vocabulary.vectors[token]), alone, atol=1e-5, rtol=1e-4)
    assert json.loads(vocabulary.tokenizer)["model"]["type"] == "WordLevel"
