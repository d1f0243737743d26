"""Paths and addresses, and what each engine says of those it can't use."""

import importlib.util
from pathlib import Path

import pytest

from communique.composition import typed
from communique.config import PredictConfig
from communique.errors import InputError
from communique.places import is_uri, name_below
from communique.predicting import predict
from communique.writing import whole_folder
from tests.test_composition import composed


@pytest.mark.parametrize("place", ["s3a://bucket/in", "hdfs:///in", "dbfs:/in", "file:/in", "abfss://a@b.net/in"])
def test_an_address_is_told_by_its_scheme(place: str) -> None:
    assert is_uri(place)


@pytest.mark.parametrize("place", ["in", "/in", "a:b/in.jsonl", "C:/in", "../s3a/in", "2024:in.jsonl"])
def test_all_else_is_a_path(place: str) -> None:
    assert not is_uri(place)


@pytest.mark.parametrize(
    ("root", "file", "name"),
    [
        ("file:///data/in", "file:///data/in/north/my%20a.jsonl", "north/my a.jsonl"),
        ("file:///data/in", "file:/data/in/a.jsonl", "a.jsonl"),
        ("hdfs:///data/in/", "hdfs://server:8020/data/in/a.jsonl", "a.jsonl"),
        ("s3a://bucket/in/a.jsonl", "s3a://bucket/in/a.jsonl", "a.jsonl"),
        ("s3a://bucket/20*", "s3a://bucket/2024/a.jsonl", "/2024/a.jsonl"),
    ],
)
def test_a_file_is_named_from_the_input_on(root: str, file: str, name: str) -> None:
    assert name_below(root, file) == name


@pytest.mark.parametrize(("source", "output"), [("s3a://bucket/in", "out.jsonl"), (".", "s3a://bucket/out.jsonl")])
def test_the_local_engine_names_the_one_that_knows_addresses(source: str, output: str) -> None:
    with pytest.raises(InputError, match=r"s3a://bucket/(in|out\.jsonl) say engine=spark"):
        predict(typed(composed("predict", f"input={source}", f"output={output}"), PredictConfig))


def test_the_local_engine_does_not_write_over_a_folder_of_sparks(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").mkdir()
    (tmp_path / "in.jsonl").write_text('{"text": "One."}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"out\.jsonl is a folder"):
        predict(typed(composed("predict", f"input={tmp_path}/in.jsonl", f"output={tmp_path}/out.jsonl"), PredictConfig))


def test_without_pyspark_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install -c constraints\.txt -e '\.\[spark\]'"):
        predict(typed(composed("predict", "input=a", "output=b.jsonl", "engine=spark"), PredictConfig))


@pytest.mark.parametrize("old", ["file", "folder", "nothing"])
def test_a_folder_takes_its_place_whole_or_not_at_all(old: str, tmp_path: Path) -> None:
    place = tmp_path / "out"
    if old == "file":
        place.write_text("old", encoding="utf-8")
    elif old == "folder":
        (place / "deep").mkdir(parents=True)
    with pytest.raises(FileNotFoundError), whole_folder(place) as folder:
        (folder / "missing" / "new").mkdir()
    assert (place.is_file(), place.is_dir()) == (old == "file", old == "folder")
    with whole_folder(place) as folder:
        folder.mkdir()
        (folder / "new").touch()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["out", "out/new"]
