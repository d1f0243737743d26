"""Benchmarks: ratios, goals and rows by hand; what is kept and shown. No timing is asserted here."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from communique.benching import _plan
from communique.benchmarks import memory as long_tables
from communique.benchmarks.comparing import equal_labels, equal_paragraphs
from communique.benchmarks.memory import memory_rows, write_table
from communique.benchmarks.rendering import cluster_costs, costs, markdown
from communique.benchmarks.rows import Row, keep, merged, read_found
from communique.benchmarks.setting import Setting
from communique.benchmarks.subprocesses import Watched, answer_seconds, watched
from communique.benchmarks.turns import Pairs, against_limit, in_turn, speeds
from communique.codebook import Codebook
from communique.config import Benchmark
from communique.corpora import Corpus
from communique.errors import InputError
from communique.figures import cost_picture
from communique.ledger import experiments, results_table
from communique.paragraphs import Paragraph
from tests.conftest import paragraph

PAIRS = Pairs([12, 20, 30], [2, 10, 5], "paragraphs/s", more_is_better=True)


def test_the_ratio_is_the_median_of_the_turns_and_not_the_medians_ratio() -> None:
    assert PAIRS.ratios == [6, 2, 6]
    assert PAIRS.ratio == 6  # the medians, 20 and 5, would give 4


def test_of_durations_and_limits_less_is_better() -> None:
    assert Pairs([2, 10, 5], [12, 20, 30], "s", more_is_better=False).ratio == 6
    assert against_limit([4.0], 5, "s").ratio == 1.25
    assert speeds(60, [2], [12]).ours == [30]
    assert speeds(60, [2], [12]).ratio == 6


def test_ours_and_the_peer_take_turns() -> None:
    seen: list[str] = []
    done = in_turn(lambda turn: seen.append(f"ours {turn}"), lambda turn: seen.append(f"peer {turn}"), [7, 8])
    assert seen == ["ours 7", "peer 7", "ours 8", "peer 8"]
    assert len(done) == 2


@pytest.mark.parametrize(
    ("goal", "conditions", "reached"),
    [
        (6, {}, True),
        (6.01, {}, False),
        (6, {"macro-F1 not lower": True}, True),
        (6, {"macro-F1 not lower": True, "labels equal": False}, False),
    ],
)
def test_a_goal_is_reached_when_the_ratio_and_all_conditions_are(
    goal: float, conditions: dict[str, bool], reached: bool
) -> None:
    row = Row("labelling", "them", PAIRS, goal, conditions=conditions)
    assert row.to_dict("act")["reached"] is reached


def test_a_row_names_the_first_tasks_macro_f1_plainly_and_the_others_by_task() -> None:
    row = Row("labelling", "them", PAIRS, 1, {"act": 0.7, "tone": 0.6}, {"act": 0.5, "tone": 0.4}).to_dict("act")
    assert (row["ours"], row["peer"], row["ratio"], row["goal"], row["peer_name"]) == (20, 5, 6, 1, "them")
    assert (row["macro_f1_ours"], row["macro_f1_peer"]) == (0.7, 0.5)
    assert (row["tone_macro_f1_ours"], row["tone_macro_f1_peer"]) == (0.6, 0.4)
    assert row["values"]["peer"] == [2, 10, 5]
    assert Row("--help", "the limit", PAIRS, 1).to_dict("act")["macro_f1_ours"] is None


def test_the_picture_of_costs_has_a_point_for_each_side_that_is_named_and_scored() -> None:
    points = {"points": {"ours": "quick", "peer": "slow"}}
    scored = Row("labelling", "them", PAIRS, 1, {"act": 0.7}, {"act": 0.8}, extra=points).to_dict("act")
    unscored = Row("labelling", "them", PAIRS, 1, extra={"points": {"ours": "other"}}).to_dict("act")
    found = costs({"rows": [scored, unscored, Row("--help", "the limit", PAIRS, 1).to_dict("act")]})
    assert found == {"quick": (20, 0.7), "slow": (5, 0.8)}
    (axes,) = cost_picture(found).axes
    assert [text.get_text() for text in axes.texts] == ["quick", "slow"]


def test_a_hundred_million_paragraphs_cost_what_the_measured_speed_says() -> None:
    row = Row("labelling", "them", PAIRS, 1, {"act": 0.7}, {"act": 0.8}, extra={"points": {"ours": "quick"}})
    measured = {**row.to_dict("act"), "machine": "Linux x86_64, 4 cores, Python 3.11"}
    # 20 paragraphs a second on 4 cores: 10^8 / 20 · 4 / 3600 = 5,556 core hours, $278 at $0.05.
    table = cluster_costs({"rows": [measured, {"points": {}}]}).splitlines()
    assert table[2:] == ["| quick | 20 on 4 cores | 5,556 | 55.6 | $278 |"]


def test_rows_of_other_benchmarks_stay_and_the_own_ones_are_replaced() -> None:
    old: dict[str, Any] = {
        "rows": [{"benchmark": "labelling", "n": 1}, {"benchmark": "start", "n": 2}, {"benchmark": "start", "n": 3}],
        "seconds": {"labelling": 60.0, "start": 9.0},
    }
    again = merged(old, Benchmark.start, [{"benchmark": "start", "n": 4}], 8.0)
    assert [row["n"] for row in again["rows"]] == [1, 4]
    assert again["seconds"] == {"labelling": 60.0, "start": 8.0}
    added = merged(again, Benchmark.ngrams, [{"benchmark": "ngrams", "n": 5}], 1.0)
    assert [row["n"] for row in added["rows"]] == [1, 5, 4]


def test_what_is_kept_says_when_where_and_on_which_code_it_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    keep(path, Benchmark.labelling, [Row("labelling", "them", PAIRS, 1)], 2.5, "act")
    keep(path, Benchmark.start, [Row("--help", "the limit", PAIRS, 1)], 1.5, "act")
    found = read_found(path)
    assert [row["what"] for row in found["rows"]] == ["labelling", "--help"]
    assert {"date", "commit", "machine", "command", "benchmark"} <= set(found["rows"][0])
    assert found["seconds"] == {"labelling": 2.5, "start": 1.5}


def test_labels_are_compared_decision_by_decision_and_paragraph_by_paragraph() -> None:
    ours = {"act": np.array([[1, 0], [0, 1], [0, 0]]), "tone": np.array([0, 1, 2])}
    peer = {"act": np.array([[1, 1], [0, 1], [0, 0]]), "tone": np.array([0, 1, 1])}
    assert equal_labels(ours, peer) == pytest.approx(7 / 9)  # nine decisions, of which two differ
    assert equal_paragraphs(ours, peer) == pytest.approx(1 / 3)


def test_paragraphs_begin_with_the_test_split_and_have_no_target(codebook: Codebook, setting: Setting) -> None:
    pair = Paragraph("x#1/1", "x", 1, "Text.", source="A", target="B")
    corpus = Corpus(
        "small", codebook, [paragraph(article="t"), pair], [paragraph(article="v")], [paragraph(article="x")]
    )
    found = Setting(setting.config, corpus, {})
    assert [p.article for p in found.paragraphs(None)] == ["x", "v", "t"]
    assert [p.article for p in found.paragraphs(2)] == ["x", "v"]
    only_pairs = Setting(setting.config, Corpus("pairs", codebook, [pair], [pair], [pair]), {})
    with pytest.raises(InputError, match="all paragraphs of pairs have a target"):
        only_pairs.paragraphs(2)


def test_a_sample_takes_whole_articles_and_of_the_validation_split_its_share(setting: Setting) -> None:
    train, validation = setting.sample(pairs=True)
    # 24 of 48 paragraphs, in articles of 12; the same half of the 24 for validation.
    assert (len(train), len(validation)) == (24, 12)
    assert len({p.article for p in train}) == 2
    assert setting.sample(pairs=True) == (train, validation)


def test_a_run_on_long_tables_is_held_against_the_limit_and_a_shorter_one(setting: Setting) -> None:
    runs = [Watched(30.0, 1_000_000_000), Watched(50.0, 1_250_000_000)]
    peak, flat, linear = memory_rows("transformer", [10_000, 20_000], runs, setting.config.memory)
    assert peak.pairs.ratio == pytest.approx(2 / 1.25)
    assert flat.pairs.ratio == pytest.approx(0.8)
    assert not flat.reached
    assert linear.pairs.ratio == pytest.approx(3 / 2.5)
    # 20 s for every further 10,000 rows, of which a million have 98.
    assert linear.extra["expected_seconds"] == pytest.approx(50 + 98 * 20)
    assert linear.what.startswith("1,000,000 paragraphs from Parquet to Parquet, transformer, extrapolated from 20,000")
    whole = memory_rows("student", [100_000, 1_000_000], runs, setting.config.memory)[0]
    assert "extrapolated" not in whole.what


def test_a_long_table_repeats_its_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_tables, "GROUP", 3)
    write_table(tmp_path / "t.parquet", ["a", "b"], 7)
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"id": list(range(7)), "text": list("abababa")}


def test_the_memory_of_a_process_counts_its_children() -> None:
    child = "import time; held = b'x' * 150_000_000; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert watched([sys.executable, "-c", parent], 0.02).peak_bytes > 150_000_000


def test_a_process_that_fails_is_told_with_what_it_said() -> None:
    failing = [sys.executable, "-c", "raise SystemExit('no paper')"]
    with pytest.raises(InputError, match=r"ended with code 1 and not 0:\nno paper"):
        watched(failing, 0.02)
    with pytest.raises(InputError, match="ended with code 1 and not 2"):
        answer_seconds(failing, 2)
    assert answer_seconds(failing, 1) > 0


def test_the_ledger_shows_the_benchmarks_and_draws_no_picture_of_them(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    row = Row(
        "labelling", "them", PAIRS, 10, {"act": 0.7}, {"act": 0.5}, {"labels equal": False}, {"equal_labels": 0.98}
    )
    keep(path, Benchmark.labelling, [row], 2.5, "act")
    table = results_table("bench", tmp_path)
    assert "| labelling | 20 paragraphs/s | 5 paragraphs/s (them) | 6.00 | 10 | no: labels equal |" in table
    assert "| 0.700, 0.500 | 0.9800 |" in table
    assert "\nlabelling: `python " in table
    assert table == markdown(json.loads(path.read_text(encoding="utf-8")))
    assert experiments(tmp_path) == {}
    assert results_table("nothing", tmp_path) == "No results yet.\n"


def test_the_plan_tells_what_is_known_of_the_time() -> None:
    plan = _plan([Benchmark.start, Benchmark.ngrams], {"rows": [], "seconds": {"start": 150.0, "labelling": 600.0}})
    assert "start: cold start, --help, a configuration error; 2.5 minutes the last time" in plan
    assert "TF-IDF against scikit-learn's defaults; not yet timed" in plan
    assert "About 2 minutes, by the last times." in plan
