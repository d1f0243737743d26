"""Work in parts: stopped anywhere and started again, it comes to the same bytes, and nothing is done twice."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from communique.shards import Shards
from communique.tables import Chunk, Rejected

IDENTITY = {"model": "m1", "rows": 2}


def chunks() -> Iterator[Chunk]:
    yield Chunk(pa.table({}), [Rejected("bad.pdf", "no text")])
    yield Chunk(pa.table({"text": ["a", "b"], "year": [1999, None]}))
    yield Chunk(pa.table({"text": ["c"], "year": pa.nulls(1)}), [Rejected("in.jsonl", "empty", 4)])
    yield Chunk(pa.table({"text": ["d", "e"], "tone": ["x", "y"]}))


class Labeller:
    """Counts the texts it labelled, and is killed at one of them."""

    def __init__(self, killed_at: str = "") -> None:
        self.seen: list[str] = []
        self.killed_at = killed_at

    def __call__(self, table: pa.Table) -> pa.Table:
        texts = table["text"].to_pylist()
        if self.killed_at in texts:
            raise KeyboardInterrupt
        self.seen += texts
        return table.append_column("length", pa.array([len(text) for text in texts]))


def run(output: Path, labeller: Labeller, identity: dict[str, object] = IDENTITY) -> tuple[int, int, Path | None]:
    shards = Shards(output, identity)
    for _ in shards.write(chunks(), labeller):
        pass
    return shards.finish()


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
@pytest.mark.parametrize("killed_at", ["a", "c", "e"])
def test_stopped_and_started_again_it_gives_the_same_bytes(suffix: str, killed_at: str, tmp_path: Path) -> None:
    whole, resumed = tmp_path / f"whole{suffix}", tmp_path / f"resumed{suffix}"
    run(whole, Labeller())
    first, second = Labeller(killed_at), Labeller()
    with pytest.raises(KeyboardInterrupt):
        run(resumed, first)
    assert not resumed.exists()
    assert run(resumed, second) == (5, 2, tmp_path / "resumed.rejected.jsonl")
    assert resumed.read_bytes() == whole.read_bytes()
    assert first.seen + second.seen == ["a", "b", "c", "d", "e"]  # nothing twice
    assert (tmp_path / "resumed.rejected.jsonl").read_text(encoding="utf-8").splitlines() == [
        '{"file": "bad.pdf", "reason": "no text"}',
        '{"file": "in.jsonl", "reason": "empty", "row": 4}',
    ]
    assert not list(tmp_path.glob("*.parts"))


def test_parts_of_another_model_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out.jsonl", Labeller("e"))
    anew = Labeller()
    run(tmp_path / "out.jsonl", anew, IDENTITY | {"model": "m2"})
    assert anew.seen == ["a", "b", "c", "d", "e"]


def test_parts_with_other_columns_make_one_table(tmp_path: Path) -> None:
    run(tmp_path / "out.jsonl", Labeller())
    first, *_, last = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert first == '{"text": "a", "year": 1999, "length": 1, "tone": null}'
    assert last == '{"text": "e", "year": null, "length": 1, "tone": "y"}'


def test_what_was_set_aside_by_an_earlier_run_is_gone_when_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "out.rejected.jsonl").write_text("old\n", encoding="utf-8")
    shards = Shards(tmp_path / "out.jsonl", IDENTITY)
    list(shards.write([Chunk(pa.table({"text": ["a"]}))], Labeller()))
    assert shards.finish() == (1, 0, None)
    assert not (tmp_path / "out.rejected.jsonl").exists()


def test_a_column_that_changes_its_type_from_part_to_part_becomes_one_of_texts(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "out.jsonl", IDENTITY)
    parts = [{"text": ["a"], "key": [17]}, {"text": ["b"], "key": ["A17"]}, {"text": ["c"], "key": [2.5]}]
    list(shards.write([Chunk(pa.table(part)) for part in parts], Labeller()))
    shards.finish()
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line.split('"key": ')[1].split(",")[0] for line in lines] == ['"17"', '"A17"', '"2.5"']


def test_whole_numbers_stay_whole_in_csv_beside_missing_ones(tmp_path: Path) -> None:
    run(tmp_path / "out.csv", Labeller())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:3] == ["a,1999,1,", "b,,1,"]
