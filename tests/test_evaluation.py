"""Scores by hand, and against scikit-learn where it has them."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from communique.bootstrap import Bootstrap, calibration_error, macro_f1
from communique.codebook import Codebook
from communique.config import EvaluationConfig
from communique.evaluation import Report, mean_macro_f1, report
from communique.paragraphs import Paragraph
from tests.conftest import paragraph

ACT_GOLD = [("GIVE",), ("GIVE", "HIT"), (), ("HIT",)]
TONE_GOLD = ["warm", "warm", "flat", "cold"]


def four() -> list[Paragraph]:
    return [
        paragraph(act=act, tone=tone, article=f"a{i // 2}", position=i % 2 + 1)
        for i, (act, tone) in enumerate(zip(ACT_GOLD, TONE_GOLD, strict=True))
    ]


def four_reported(codebook: Codebook, evaluation: EvaluationConfig) -> Report:
    act = np.array([[0.9, 0.1], [0.8, 0.4], [0.7, 0.1], [0.2, 0.6]])
    tone = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    decisions = {"act": (act >= 0.5).astype(np.int64), "tone": tone.argmax(axis=1)}
    return report(four(), codebook, {"act": act, "tone": tone}, decisions, evaluation)


def test_f1_by_hand(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    reported = four_reported(codebook, evaluation)
    # GIVE: hits 2, spurious 1, missed 0: 4/5. HIT: hits 1, spurious 0, missed 1: 2/3.
    assert reported["act"].labels["GIVE"].f1 == pytest.approx(0.8)
    assert reported["act"].labels["HIT"].f1 == pytest.approx(2 / 3)
    assert reported["act"].scores["macro_f1"].value == pytest.approx((0.8 + 2 / 3) / 2)
    # Together: hits 3, spurious 1, missed 1: 6/8.
    assert reported["act"].scores["micro_f1"].value == pytest.approx(0.75)
    # warm: 1 hit, 1 missed: 2/3. flat: 1 hit, 1 spurious: 2/3. cold: 1.
    assert reported["tone"].scores["macro_f1"].value == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert reported["tone"].scores["micro_f1"].value == pytest.approx(0.75)
    assert mean_macro_f1(reported) == pytest.approx(((0.8 + 2 / 3) / 2 + (2 / 3 + 2 / 3 + 1) / 3) / 2)


def test_precision_recall_support_and_average_precision(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    give = four_reported(codebook, evaluation)["act"].labels["GIVE"]
    assert give.precision == pytest.approx(2 / 3)
    assert (give.recall, give.support) == (1.0, 2)
    assert give.average_precision == 1.0  # 0.9 and 0.8 are the two highest
    assert four_reported(codebook, evaluation)["tone"].labels["warm"].average_precision is None


def test_brier_by_hand(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    reported = four_reported(codebook, evaluation)
    # Multilabel: squares averaged over the two labels and four paragraphs.
    squares = 0.1**2 + 0.1**2 + 0.2**2 + 0.6**2 + 0.7**2 + 0.1**2 + 0.2**2 + 0.4**2
    assert reported["act"].scores["brier"].value == pytest.approx(squares / 8)
    # Multiclass: squares summed over the labels, averaged over the paragraphs.
    squares = (0.2**2 + 0.1**2 + 0.1**2) * 3 - 0.1**2 * 2 + 0.1**2 * 2 + (0.8**2 + 0.7**2 + 0.1**2)
    assert reported["tone"].scores["brier"].value == pytest.approx(squares / 4)


def test_calibration_error_by_hand(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    # tone: chosen probabilities 0.8 (right), 0.7 (wrong), 0.8 (right), 0.8 (right).
    # Bin of 0.8: |2.4 - 3|, bin of 0.7: |0.7 - 0|; over four paragraphs.
    tone = four_reported(codebook, evaluation)["tone"]
    assert tone.scores["expected_calibration_error"].value == pytest.approx((0.6 + 0.7) / 4)
    np.testing.assert_allclose(tone.reliability.predicted, [0.7, 0.8])
    np.testing.assert_allclose(tone.reliability.observed, [0.0, 1.0])
    np.testing.assert_allclose(tone.reliability.count, [1, 3])


def test_confusion_counts_a_missed_label_against_the_spurious_ones(
    codebook: Codebook, evaluation: EvaluationConfig
) -> None:
    reported = four_reported(codebook, evaluation)
    assert reported["act"].confusion_labels == ("GIVE", "HIT", "(none)")
    # Hits: GIVE 2, HIT 1. Missed alone: HIT against none. Spurious alone: none against GIVE.
    np.testing.assert_array_equal(reported["act"].confusion, [[2, 0, 0], [0, 1, 1], [1, 0, 0]])
    np.testing.assert_array_equal(reported["tone"].confusion, [[1, 1, 0], [0, 1, 0], [0, 0, 1]])


def test_macro_f1_is_scikit_learns_on_random_labels() -> None:
    chance = np.random.default_rng(0)
    gold, chosen = chance.integers(0, 2, (200, 16)), chance.integers(0, 2, (200, 16))
    sums = np.concatenate([gold * chosen, (1 - gold) * chosen, gold * (1 - chosen)], axis=1).sum(axis=0).astype(float)
    assert float(macro_f1(sums)) == pytest.approx(f1_score(gold, chosen, average="macro"))


def test_a_label_that_occurs_nowhere_is_left_out_of_the_macro_average() -> None:
    # Two labels; the second has neither gold nor prediction.
    assert float(macro_f1(np.array([3.0, 0, 1.0, 0, 0, 0]))) == pytest.approx(6 / 7)


def test_paragraphs_without_gold_do_not_count(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    rows = [*four(), paragraph(act=None, tone=None, article="a9")]
    act = np.array([[0.9, 0.1], [0.8, 0.4], [0.7, 0.1], [0.2, 0.6], [0.9, 0.9]])
    tone = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.1, 0.1, 0.8]])
    decisions = {"act": (act >= 0.5).astype(np.int64), "tone": tone.argmax(axis=1)}
    reported = report(rows, codebook, {"act": act, "tone": tone}, decisions, evaluation)
    assert reported["act"].metrics() == four_reported(codebook, evaluation)["act"].metrics()


def test_a_task_without_any_gold_is_left_out(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    rows = [paragraph(tone="warm")]
    predicted = {"act": np.array([[0.1, 0.1]]), "tone": np.array([[1.0, 0.0, 0.0]])}
    decisions = {"act": np.array([[0, 0]]), "tone": np.array([0])}
    assert list(report(rows, codebook, predicted, decisions, evaluation)) == ["tone"]


def test_the_bootstrap_draws_articles_not_paragraphs() -> None:
    # One article all right, one all wrong, a hundred paragraphs each. Drawing articles, a quarter of the resamples have
    # twice the wrong one and score 0, a quarter score 1; drawing paragraphs all would lie near one half.
    right = np.repeat([1.0, 0.0], 100)
    sums = np.column_stack([right, np.zeros(200), 1 - right])
    config = EvaluationConfig(resamples=500, confidence=0.95, calibration_bins=10, seed=0)
    interval = Bootstrap(["a"] * 100 + ["b"] * 100, config).interval(macro_f1, sums)
    assert (interval.low, interval.high) == (0.0, 1.0)
    assert interval.value == pytest.approx(2 * 100 / (2 * 100 + 100))


def test_the_intervals_are_the_same_every_time(codebook: Codebook, evaluation: EvaluationConfig) -> None:
    first, second = (four_reported(codebook, evaluation)["act"].metrics() for _ in range(2))
    assert first == second
    assert first["macro_f1/low"] <= first["macro_f1"] <= first["macro_f1/high"]


def test_a_probability_of_one_falls_into_the_last_bin() -> None:
    # Three bins' sums: predicted 0, 0, 2; came true 0, 0, 2; two of them.
    assert float(calibration_error(np.array([0, 0, 2.0, 0, 0, 2.0, 0, 0, 2.0]))) == 0.0
