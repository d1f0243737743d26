"""Records and labels: what is read, what is refused, how gold becomes numbers."""

from pathlib import Path

import numpy as np
import pytest

from communique.codebook import Codebook
from communique.errors import InputError
from communique.paragraphs import (
    digest,
    gold_array,
    gold_from_row,
    indicators,
    label_shares,
    paragraph_from_row,
    read_json_lines,
)
from tests.conftest import paragraph


def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n', encoding="utf-8")
    with pytest.raises(InputError, match=r"rows\.jsonl:3: expected a JSON object"):
        list(read_json_lines(path))


def test_empty_lines_are_passed_over_but_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2}\n', encoding="utf-8")
    assert list(read_json_lines(path)) == [(1, {"a": 1}), (3, {"a": 2})]


def test_a_line_separator_inside_a_text_does_not_break_the_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "one\u2028two"}\n', encoding="utf-8")
    assert list(read_json_lines(path)) == [(1, {"text": "one\u2028two"})]


def test_the_id_is_article_and_position() -> None:
    assert paragraph_from_row({"article": "a1", "position": 3, "text": "T."}, "f:1").id == "a1#3"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"article": "", "position": 1, "text": "T."}, "article"),
        ({"article": "a", "position": 0, "text": "T."}, "position"),
        ({"article": "a", "position": True, "text": "T."}, "position"),
        ({"article": "a", "position": 1, "text": "  "}, "text"),
        ({"article": "a", "position": 1, "text": "T.", "date": 2014}, "date"),
    ],
)
def test_a_wrong_column_is_named(row: dict[str, object], column: str) -> None:
    with pytest.raises(InputError, match=f"f:7: the column `{column}`"):
        paragraph_from_row(row, "f:7")


def test_an_unknown_label_is_refused_with_the_known_ones(codebook: Codebook) -> None:
    with pytest.raises(InputError, match=r"f:2: the column `act` holds the unknown label 'STEAL'\. Known: GIVE, HIT"):
        gold_from_row({"act": ["STEAL"]}, codebook, "f:2")


def test_one_label_where_a_list_is_due_is_refused(codebook: Codebook) -> None:
    with pytest.raises(InputError, match="must be a list of labels or null"):
        gold_from_row({"act": "GIVE"}, codebook, "f:2")


def test_labels_come_in_the_codebooks_order_and_missing_ones_as_none(codebook: Codebook) -> None:
    assert gold_from_row({"act": ["HIT", "GIVE"]}, codebook, "f:2") == {"act": ("GIVE", "HIT"), "tone": None}


def test_gold_becomes_numbers_and_a_missing_label_is_not_a_zero(codebook: Codebook) -> None:
    rows = [paragraph(act=("HIT",), tone="cold"), paragraph(act=(), tone="warm"), paragraph()]
    act = gold_array(rows, "act", codebook.tasks["act"])
    tone = gold_array(rows, "tone", codebook.tasks["tone"])
    np.testing.assert_array_equal(act, [[0, 1], [0, 0], [np.nan, np.nan]])
    np.testing.assert_array_equal(tone, [2, 0, -1])
    np.testing.assert_array_equal(indicators(tone, codebook.tasks["tone"]), [[0, 0, 1], [1, 0, 0], [np.nan] * 3])


def test_shares_are_smoothed_by_half_a_paragraph(codebook: Codebook) -> None:
    rows = [paragraph(act=("HIT",)), paragraph(act=("HIT",)), paragraph(act=("HIT",)), paragraph()]
    # Three labelled rows: GIVE 0 of 3, HIT 3 of 3, each with half a row more of four.
    np.testing.assert_allclose(label_shares(rows, "act", codebook.tasks["act"]), [0.5 / 4, 3.5 / 4])


MEANING = {"act": ["multilabel", "GIVE", "HIT"]}


def test_the_digest_changes_with_text_label_and_split() -> None:
    a = paragraph("One.", act=("HIT",))
    base = digest(MEANING, {"train": [a], "test": []})
    assert digest(MEANING, {"train": [a], "test": []}) == base
    assert digest(MEANING, {"train": [], "test": [a]}) != base
    assert digest(MEANING, {"train": [paragraph("One.", act=())], "test": []}) != base
    assert digest(MEANING, {"train": [paragraph("Two.", act=("HIT",))], "test": []}) != base
    assert digest({"act": ["multilabel", "HIT", "GIVE"]}, {"train": [a], "test": []}) != base
