"""What is to be labelled comes in chunks; what can't be is set aside, and all else is kept."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from communique.errors import InputError
from communique.tables import Rejected, find_input


def read(source: Path, rows: int = 100) -> tuple[list[list[dict[str, object]]], list[Rejected]]:
    chunks = list(find_input(source).chunks(rows))
    return [c.table.to_pylist() for c in chunks if len(c.table)], [r for c in chunks for r in c.rejected]


def lines(path: Path, *rows: object) -> Path:
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_text_files_give_their_paragraphs_and_a_bad_one_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "a.txt").write_text("Title\n\nBody.", encoding="utf-8")
    (tmp_path / "z.txt").write_bytes(b"\xff\xfe\x00")
    ((first, second),), (rejected,) = read(tmp_path)
    assert first["id"] == "north/a#1"
    assert second == {"id": "north/a#2", "article": "north/a", "position": 2, "title": "Title", "text": "Body."}
    assert rejected.file == "z.txt"
    assert rejected.reason.startswith("not UTF-8")


def test_rows_keep_the_users_own_columns_and_their_types(tmp_path: Path) -> None:
    rows = [{"text": "One.", "outlet": "Gazette", "score": 1.5, "tags": ["a", "b"]}, {"text": "Two.", "year": 1999}]
    ((first, second),), rejected = read(lines(tmp_path / "in.jsonl", *rows))
    assert first == {"text": "One.", "outlet": "Gazette", "score": 1.5, "tags": ["a", "b"], "year": None}
    assert second["year"] == 1999
    assert rejected == []


def test_bad_rows_are_set_aside_by_file_and_line(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "in.jsonl", {"text": "One."}, '{"text": ', "", [1], {"text": " "}, {"body": "x"}, {"text": "Two."}
    )
    (rows,), rejected = read(path)
    assert [row["text"] for row in rows] == ["One.", "Two."]
    assert [(r.file, r.row) for r in rejected] == [("in.jsonl", 2), ("in.jsonl", 4), ("in.jsonl", 5), ("in.jsonl", 6)]
    assert "it is a list" in rejected[1].reason
    assert rejected[2].reason == "the column `text` holds no text"
    assert rejected[3].reason == "expected a column `text`, but the columns are body"


def test_line_numbers_go_on_from_chunk_to_chunk(tmp_path: Path) -> None:
    path = lines(tmp_path / "in.jsonl", {"text": "1"}, {"text": "2"}, {"text": "3"}, "{", {"text": "5"})
    chunks, (rejected,) = read(path, rows=2)
    assert [[row["text"] for row in chunk] for chunk in chunks] == [["1", "2"], ["3"], ["5"]]
    assert rejected.row == 4


def test_a_column_of_several_types_becomes_one_of_texts(tmp_path: Path) -> None:
    (rows,), _ = read(lines(tmp_path / "in.jsonl", {"text": "1", "key": 7}, {"text": "2", "key": "x"}))
    assert [row["key"] for row in rows] == ["7", "x"]


def test_parquet_is_read_in_chunks_without_its_empty_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2, 3], "text": ["One.", None, "Three."]}), tmp_path / "in.parquet")
    chunks, (rejected,) = read(tmp_path / "in.parquet", rows=2)
    assert chunks == [[{"id": 1, "text": "One."}], [{"id": 3, "text": "Three."}]]
    assert (rejected.row, rejected.reason) == (2, "the column `text` holds no text")
    assert find_input(tmp_path / "in.parquet").rows() == 3


def test_a_broken_table_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 this is none")
    lines(tmp_path / "b.jsonl", {"text": "One."})
    (tmp_path / "notes.txt").write_text("About these tables.", encoding="utf-8")
    (rows,), rejected = read(tmp_path)
    assert rows == [{"text": "One."}]
    assert {r.file: r.reason.split(":")[0] for r in rejected} == {
        "notes.txt": "stands among tables and is none",
        "a.parquet": "can't be read from row 1 on",
    }


def test_a_missing_or_empty_input_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="doesn't exist"):
        find_input(tmp_path / "nowhere")
    with pytest.raises(InputError, match="the folder is empty"):
        find_input(tmp_path)


def test_bytes_that_are_no_text_cost_their_line_and_a_mark_at_the_beginning_costs_nothing(tmp_path: Path) -> None:
    good, half = json.dumps({"text": "One."}), '{"text": "half a pair \\ud83d"}'
    content = b"\xef\xbb\xbf" + "\n".join([good, "BAD", half, good]).encode("utf-8").replace(
        b"BAD", b'{"text": "\xff"}'
    )
    (tmp_path / "in.jsonl").write_bytes(content)
    (rows,), rejected = read(tmp_path / "in.jsonl")
    assert rows == [{"text": "One."}, {"text": "One."}]
    assert [(r.row, r.reason) for r in rejected] == [(2, "is no UTF-8 text"), (3, "is no UTF-8 text")]
