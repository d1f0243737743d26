"""Prediction records, and files that are whole or not there."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from communique.codebook import Codebook
from communique.errors import InputError
from communique.records import check_output, prediction_table, write_tables
from communique.writing import whole_file


def table(codebook: Codebook, *, all_probabilities: bool = False) -> pd.DataFrame:
    probabilities = {"act": np.array([[0.9, 0.6], [0.2, 0.1]]), "tone": np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])}
    decisions = {"act": np.array([[1, 1], [0, 0]]), "tone": np.array([2, 0])}
    return prediction_table(codebook, probabilities, decisions, all_probabilities=all_probabilities)


def test_a_multilabel_task_gives_lists_and_a_multiclass_task_one_label(codebook: Codebook) -> None:
    assert table(codebook).to_dict("records") == [
        {"act": ["GIVE", "HIT"], "act_probability": [0.9, 0.6], "tone": "cold", "tone_probability": 0.7},
        {"act": [], "act_probability": [], "tone": "warm", "tone_probability": 0.5},
    ]


def test_all_probabilities_add_a_column_per_label(codebook: Codebook) -> None:
    wide = table(codebook, all_probabilities=True)
    assert [c for c in map(str, wide) if "_" in c and not c.endswith("_probability")] == [
        "act_GIVE",
        "act_HIT",
        "tone_warm",
        "tone_flat",
        "tone_cold",
    ]
    assert wide["act_HIT"].tolist() == [0.6, 0.1]


def test_the_three_formats_say_the_same(codebook: Codebook, tmp_path: Path) -> None:
    for suffix in ("jsonl", "csv", "parquet"):
        half = pa.Table.from_pandas(table(codebook))
        write_tables(iter([half[:1], half[1:]]), tmp_path / f"out.{suffix}")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == table(codebook).to_dict("records")
    assert pd.read_csv(tmp_path / "out.csv", keep_default_na=False)["act"].tolist() == ["GIVE|HIT", ""]
    assert [list(row) for row in pd.read_parquet(tmp_path / "out.parquet")["act"]] == [["GIVE", "HIT"], []]


def test_an_unknown_format_is_refused_before_the_work() -> None:
    with pytest.raises(InputError, match=r"must end in \.jsonl, \.csv, \.parquet, but it is 'out\.xlsx'"):
        check_output(Path("out.xlsx"))


def test_a_write_that_fails_leaves_the_finished_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.txt"
    with whole_file(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
    with pytest.raises(FileNotFoundError), whole_file(path) as temporary:
        temporary.write_bytes(b"ha" + (tmp_path / "no such file").read_bytes())
    assert path.read_text(encoding="utf-8") == "whole"
    assert [entry.name for entry in path.parent.iterdir()] == ["out.txt"]
