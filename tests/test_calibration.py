"""Calibration makes probabilities honest and chooses thresholds; values by hand."""

import numpy as np
import pytest

from communique.codebook import Codebook
from communique.models.calibration import Calibration, _fit_thresholds, decide

PRIOR = 10.0


def test_overconfident_multilabel_logits_are_scaled_down(codebook: Codebook) -> None:
    # Of the logits +4 three in four are true, of the logits -4 one in four: honest is log(3) = 1.0986 on either side.
    logits = np.array([[4.0, 4.0], [4.0, 4.0], [-4.0, -4.0], [-4.0, -4.0]])
    gold = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    fitted = Calibration.fit(codebook.tasks["act"], logits, gold, PRIOR)
    assert fitted.scale == pytest.approx(np.log(3) / 4, abs=1e-3)
    assert fitted.shift == pytest.approx(0.0, abs=1e-3)
    assert fitted.probabilities(logits)[0, 0] == pytest.approx(0.75, abs=1e-3)


def test_a_shift_is_learnt_where_all_logits_are_too_low(codebook: Codebook) -> None:
    # One logit for all, half of them true: whatever the scale, the calibrated probability must be one half.
    logits, gold = np.full((4, 2), -3.0), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    fitted = Calibration.fit(codebook.tasks["act"], logits, gold, PRIOR)
    np.testing.assert_allclose(fitted.probabilities(logits), 0.5, atol=1e-3)


def test_multiclass_rows_sum_to_one_and_keep_their_order(codebook: Codebook) -> None:
    logits = np.array([[5.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 5.0]])
    fitted = Calibration.fit(codebook.tasks["tone"], logits, np.array([0.0, 1.0, 1.0, 2.0]), PRIOR)
    rows = fitted.probabilities(logits)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)
    # Three of four are right, so the chosen label's probability must be 3/4.
    np.testing.assert_allclose(rows.max(axis=1), 0.75, atol=1e-3)


def test_rows_without_gold_change_nothing(codebook: Codebook) -> None:
    task = codebook.tasks["act"]
    logits = np.array([[4.0, 1.0], [-4.0, -2.0], [3.0, -5.0]])
    gold = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    more_logits, more_gold = np.vstack([logits, [[9.0, 9.0]]]), np.vstack([gold, [[np.nan, np.nan]]])
    assert Calibration.fit(task, more_logits, more_gold, PRIOR) == Calibration.fit(task, logits, gold, PRIOR)


def test_without_any_gold_the_logits_are_taken_as_they_are(codebook: Codebook) -> None:
    task = codebook.tasks["act"]
    fitted = Calibration.fit(task, np.zeros((2, 2)), np.full((2, 2), np.nan), PRIOR)
    assert fitted == Calibration.unfitted(task)


def test_a_threshold_parts_what_the_probabilities_part(codebook: Codebook) -> None:
    # GIVE and HIT: trues at 0.3 and above, falses at 0.2 and below. F1 is best with a threshold between.
    odds = np.log(np.array([0.4, 0.3, 0.2, 0.1]) / (1 - np.array([0.4, 0.3, 0.2, 0.1])))
    logits = np.repeat(np.column_stack([odds, odds]), 20, axis=0)
    gold = np.repeat(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]), 20, axis=0)
    fitted = Calibration.fit(codebook.tasks["act"], logits, gold, PRIOR)
    np.testing.assert_array_equal(decide(fitted.thresholds, fitted.probabilities(logits)), gold)


def test_a_rare_labels_threshold_leans_on_all_labels() -> None:
    # GIVE: two hundred rows whose best threshold lies at 0.50. HIT: one single true row, at 0.90; by itself it would
    # put its threshold anywhere up to 0.90, and argmax takes the lowest with its best F1.
    give = np.repeat([0.8, 0.5, 0.3], [40, 60, 100])
    hit = np.concatenate([[0.9], np.full(199, 0.45)])
    probabilities = np.column_stack([give, hit])
    gold = np.column_stack([give >= 0.5, hit >= 0.9]).astype(float)
    alone = _fit_thresholds(probabilities, gold, prior_rows=0)
    pooled = _fit_thresholds(probabilities, gold, prior_rows=1e6)
    # Alone: GIVE is right from 0.31 on, HIT from 0.46 on, the first thresholds above what is false.
    np.testing.assert_allclose(alone, [0.31, 0.46])
    # All labels together are right from 0.46 on, and both labels take that.
    np.testing.assert_allclose(pooled, [0.46, 0.46])


def test_deciding_by_threshold_and_by_the_likeliest_label() -> None:
    np.testing.assert_array_equal(decide((0.3, 0.5), np.array([[0.3, 0.49], [0.1, 0.9]])), [[1, 0], [0, 1]])
    np.testing.assert_array_equal(decide((), np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])), [1, 0])


def test_saving_keeps_every_value() -> None:
    fitted = Calibration(0.75, -0.5, (0.25, 0.5))
    assert Calibration.from_dict(fitted.to_dict()) == fitted
