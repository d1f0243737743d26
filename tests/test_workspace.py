"""The same work finds its folder again; two at once don't share it."""

from pathlib import Path

from communique.workspace import workspace


def test_the_same_work_finds_its_folder_again_and_other_work_does_not(tmp_path: Path) -> None:
    with workspace(tmp_path, {"model": "a", "seed": 1}) as first:
        first.mkdir()
        (first / "state").touch()
    with workspace(tmp_path, {"seed": 1, "model": "a"}) as again:
        assert (again / "state").exists()
    with workspace(tmp_path, {"model": "a", "seed": 2}) as other:
        assert other != first


def test_two_at_once_get_two_folders(tmp_path: Path) -> None:
    with workspace(tmp_path, {"seed": 1}) as first, workspace(tmp_path, {"seed": 1}) as second:
        assert first != second
    assert not second.parent.exists()
