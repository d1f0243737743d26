"""The pictures show the report's numbers."""

import numpy as np
import pytest

from communique.codebook import Codebook
from communique.config import EvaluationConfig
from communique.evaluation import Report
from communique.figures import confusion, figures, label_bars, model_scores, reliability
from tests.test_evaluation import four_reported


@pytest.fixture
def reported(codebook: Codebook, evaluation: EvaluationConfig) -> Report:
    return four_reported(codebook, evaluation)


def test_every_task_has_its_three_pictures(reported: Report) -> None:
    assert set(figures(reported)) == {
        f"{task}/{name}.png" for task in ("act", "tone") for name in ("confusion", "labels", "reliability")
    }


def test_the_confusion_matrix_shows_its_counts(reported: Report) -> None:
    axes = confusion(reported["act"], "act").axes[0]
    shown = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts}
    assert shown == {(0, 0): "2", (1, 1): "1", (1, 2): "1", (2, 0): "1"}
    assert [t.get_text() for t in axes.get_yticklabels()] == ["GIVE", "HIT", "(none)"]


def test_the_bars_are_as_long_as_the_scores(reported: Report) -> None:
    axes = label_bars(reported["act"], "act").axes[0]
    widths = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    give, hit = reported["act"].labels["GIVE"], reported["act"].labels["HIT"]
    expected = [getattr(label, measure) for measure in ("precision", "recall", "f1") for label in (give, hit)]
    np.testing.assert_allclose(widths, expected)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["GIVE (2)", "HIT (2)"]


def test_the_reliability_diagram_plots_predicted_against_observed(reported: Report) -> None:
    axes = reliability(reported["tone"], "tone").axes[0]
    np.testing.assert_allclose(np.asarray(axes.lines[1].get_xydata()), [[0.7, 0.0], [0.8, 1.0]])


def test_an_experiments_picture_shows_every_seed() -> None:
    metric = {"mean": 0.8, "low": 0.6, "high": 0.9, "values": [0.7, 0.9]}
    row = {"model": "good", "corpus": "small", "metrics": {"test/act/macro_f1": metric}}
    published = [{"model": "Others", "corpus": "small", "task": "act", "macro_f1": 0.5, "source": "theirs"}]
    (axes,) = model_scores({"rows": [row], "split": "test", "published": published}).axes
    lines = [list(np.asarray(line.get_xdata())) for line in axes.lines]
    assert lines == [[0.6, 0.9], [0.7, 0.9], [0.8], [0.5, 0.5]]
