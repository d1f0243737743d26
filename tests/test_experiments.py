"""Results over seeds, paired comparisons, and the ledger's tables."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from communique.bootstrap import Bootstrap, micro_f1
from communique.codebook import Codebook
from communique.config import EvaluationConfig
from communique.errors import InputError
from communique.experiments import ExperimentRun, results, tasks_of, write_results
from communique.figures import model_scores
from communique.ledger import KIND, RESULTS, experiments, render, results_table
from communique.pages import fill
from communique.records import prediction_table

PUBLISHED = {"model": "Others", "corpus": "small", "task": "act", "macro_f1": 0.5, "source": "their paper"}
ABOUT = {
    "experiment": "who",
    "question": "Who?",
    "command": "python src/train.py",
    "commit": "0123456789",
    "published": [PUBLISHED],
}


def run(codebook: Codebook, model: str, seed: int, right: int) -> ExperimentRun:
    """Make a run over ten articles of one paragraph, of which the first `right` are answered rightly."""
    gold = [["GIVE"]] * 10
    act = np.array([[0.9, 0.1] if i < right else [0.1, 0.9] for i in range(10)])
    tone = np.array([[0.8, 0.1, 0.1] if i < right else [0.1, 0.1, 0.8] for i in range(10)])
    decisions = {"act": (act >= 0.5).astype(np.int64), "tone": tone.argmax(axis=1)}
    table = prediction_table(codebook, {"act": act, "tone": tone}, decisions, all_probabilities=True)
    known = pd.DataFrame({"id": [f"a{i}#1" for i in range(10)], "article": [f"a{i}" for i in range(10)], "text": "T."})
    predictions = pd.concat([known, pd.DataFrame({"gold_act": gold, "gold_tone": "warm"}), table], axis=1)
    metrics = {
        "test/act/micro_f1": right / 10,
        "test/act/micro_f1/low": 0.0,
        "test/act/macro_f1": right / 10,
        "test/tone/macro_f1": right / 10,
        "test/act/expected_calibration_error": 0.1,
        "test/tone/expected_calibration_error": 0.1,
        "cost/train_seconds": 1.5,
        "cost/paragraphs_per_second": 2000.0,
        "validation/mean_macro_f1": 0.5,
    }
    return ExperimentRun(model, "small", "f" * 64, codebook, seed, metrics, predictions)


@pytest.fixture
def found(codebook: Codebook, evaluation: EvaluationConfig) -> dict[str, Any]:
    runs = [run(codebook, "good", seed, right) for seed, right in ((1, 9), (2, 7))]
    runs += [run(codebook, "bad", seed, 3) for seed in (1, 2)]
    return results(runs, "test", evaluation, ABOUT)


def test_a_row_has_mean_deviation_and_interval_over_the_seeds(found: dict[str, Any]) -> None:
    good = found["rows"][0]
    assert (good["model"], good["corpus"], good["seeds"]) == ("good", "small", [1, 2])
    metric = good["metrics"]["test/act/micro_f1"]
    assert metric["values"] == [0.9, 0.7]
    assert metric["mean"] == pytest.approx(0.8)
    assert metric["sd"] == pytest.approx(np.sqrt(0.02))
    assert 0.4 < metric["low"] < 0.8 < metric["high"] <= 1.0
    assert good["metrics"]["cost/train_seconds"]["low"] is None
    assert "test/act/micro_f1/low" not in good["metrics"]
    assert "validation/mean_macro_f1" not in good["metrics"]


def test_models_are_compared_on_the_same_paragraphs(found: dict[str, Any]) -> None:
    (act, tone) = found["comparisons"]
    assert (act["a"], act["b"], act["metric"]) == ("good", "bad", "test/act/macro_f1")
    assert tone["metric"] == "test/tone/macro_f1"
    assert 0 < act["low"] < act["difference"] < act["high"]
    assert act["corpus"] == "small"
    assert act["p"] < 0.05


def test_equal_models_differ_by_nothing(evaluation: EvaluationConfig) -> None:
    sums = np.array([[1.0, 0, 0], [0, 1.0, 1.0]] * 20)
    interval, p = Bootstrap([str(i) for i in range(40)], evaluation).difference(micro_f1, [sums], [sums])
    assert (interval.value, interval.low, interval.high, p) == (0.0, 0.0, 0.0, 1.0)


def test_runs_that_disagree_widen_the_interval(evaluation: EvaluationConfig) -> None:
    right, wrong = (np.tile(row, (40, 1)) for row in ([1.0, 0, 0], [0, 1.0, 1.0]))
    bootstrap = Bootstrap([str(i) for i in range(40)], evaluation)
    # Each run by itself is the same on every article: all the spread comes from drawing the runs.
    assert bootstrap.interval(micro_f1, right).low == 1.0
    both = bootstrap.interval(micro_f1, right, wrong)
    assert (both.value, both.low, both.high) == (0.5, 0.0, 1.0)


def test_two_corpora_are_not_mixed(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    small = [run(codebook, model, 1, right) for model, right in (("good", 9), ("bad", 3))]
    other = replace(small[0], corpus="other", corpus_sha256="0" * 64, predictions=small[0].predictions.iloc[:7])
    found = results([*small, other], "test", evaluation, ABOUT)
    assert [(row["model"], row["corpus"]) for row in found["rows"]] == [
        ("good", "small"),
        ("bad", "small"),
        ("good", "other"),
    ]
    assert {pair["corpus"] for pair in found["comparisons"]} == {"small"}


def test_runs_that_nothing_tells_apart_are_not_pooled(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    with pytest.raises(InputError, match="two runs of good on small have the seed 1"):
        results([run(codebook, "good", 1, 9), run(codebook, "good", 1, 7)], "test", evaluation, ABOUT)


def test_every_result_in_the_repository_can_be_put_into_the_ledger() -> None:
    for path, found in experiments(RESULTS).items():
        assert found["command"] in results_table(path.stem, RESULTS)
        assert len(model_scores(found).axes) == len(tasks_of(found))


def test_a_missing_label_does_not_count(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    whole = run(codebook, "good", 1, 9)
    table = whole.predictions.astype(object)
    table.at[9, "gold_tone"] = None  # the one that is answered wrongly
    found = results([replace(whole, predictions=table)], "test", evaluation, ABOUT)
    assert found["rows"][0]["metrics"]["test/tone/macro_f1"]["low"] == 1.0


def test_the_ledgers_table_is_made_from_the_results(found: dict[str, Any], tmp_path: Path) -> None:
    write_results(found, tmp_path / "who.json")
    page = "Before\n<!-- results: who -->\nold\n<!-- end of results -->\nAfter\n"
    filled = fill(page, KIND, lambda name: results_table(name, tmp_path))
    assert "old" not in filled
    assert "| good | 0.800 ± 0.141 [" in filled
    assert "- act: good minus bad +" in filled
    assert "commit 012345678, seeds 1, 2" in filled
    assert filled.startswith("Before\n")
    assert filled.endswith("After\n")
    assert "| Others (published; their paper) | 0.500 |" in filled
    assert fill(filled, KIND, lambda name: results_table(name, tmp_path)) == filled


def test_an_experiment_without_results_is_said_to_have_none(tmp_path: Path) -> None:
    page = "<!-- results: nothing -->\n<!-- end of results -->"
    assert "No results yet." in fill(page, KIND, lambda name: results_table(name, tmp_path))


def test_results_survive_json(found: dict[str, Any], tmp_path: Path) -> None:
    write_results(found, tmp_path / "who.json")
    assert render(json.loads((tmp_path / "who.json").read_text(encoding="utf-8"))) == render(found)
