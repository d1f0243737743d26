"""How many processors a process may use, and what make they are."""

import os
from pathlib import Path

import pytest

from communique.machine import THREADS, processor_name, processors

BOUND = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(THREADS, raising=False)


@pytest.mark.parametrize(
    ("quota", "wanted"),
    [
        ("max 100000", BOUND),  # no limit
        ("100000 100000", 1),  # one processor's time
        ("50000 100000", 1),  # half of one still is one
        ("99000000 100000", BOUND),  # a share of more than there are
        ("nonsense", BOUND),
    ],
)
def test_a_containers_share_is_minded(quota: str, wanted: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n", encoding="ascii")
    assert processors(tmp_path / "cpu.max") == wanted


def test_without_a_container_all_processors_count(tmp_path: Path) -> None:
    assert processors(tmp_path / "cpu.max") == BOUND


def test_the_processor_is_named_as_linux_names_it_and_somehow_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Abacus 9\nmodel name\t: Abacus 9\n", encoding="ascii"
    )
    assert processor_name(tmp_path / "cpuinfo") == "Abacus 9"
    assert processor_name(tmp_path / "nothing")


@pytest.mark.parametrize(("told", "wanted"), [("1", 1), ("1,4", 1), ("9999", BOUND), ("0", BOUND), ("many", BOUND)])
def test_a_process_among_several_takes_the_share_it_was_told(
    told: str, wanted: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(THREADS, told)
    assert processors(tmp_path / "cpu.max") == wanted
