"""Processes that are timed and watched."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from communique.benchmarks.turns import timed
from communique.config import ROOT
from communique.errors import InputError

TAIL = 2000
"""Characters of a failed process's output that are told."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a process took, with all that it started: seconds, and the most memory resident at one time."""

    seconds: float
    peak_bytes: int


def script(name: str, *arguments: str) -> list[str]:
    """Give the command that runs one of our scripts, from wherever it is started."""
    return [sys.executable, str(ROOT / "src" / f"{name}.py"), *arguments]


def answer_seconds(command: Sequence[str], exit_code: int) -> float:
    """Time a command from its start to its end; InputError where it ends in another way than expected."""
    done = timed(lambda: subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False))  # noqa: S603
    _check(command, done[1].returncode, exit_code, done[1].stdout)
    return done[0]


def watched(command: Sequence[str], poll_seconds: float) -> Watched:
    """Run a command and look at its memory every so many seconds; a peak between two looks is missed.

    What the process shares with its children counts for each of them, so that a sum is never too small for that.
    """
    with TemporaryFile() as output, _started(command, output) as process:
        seconds, peak = timed(lambda: _peak(process, poll_seconds))
        output.seek(0)
        _check(command, process.returncode, 0, output.read())
    return Watched(seconds, peak)


@contextmanager
def _started(command: Sequence[str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does not outlive the block."""
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _peak(process: subprocess.Popen[bytes], poll_seconds: float) -> int:
    import psutil  # comes with accelerate

    peak, root = 0, psutil.Process(process.pid)
    while True:
        try:
            process.wait(poll_seconds)
        except subprocess.TimeoutExpired:
            try:
                peak = max(peak, sum(member.memory_info().rss for member in [root, *root.children(recursive=True)]))
            except psutil.NoSuchProcess:  # one has ended while it was looked at
                continue
        else:
            return peak


def _check(command: Sequence[str], exit_code: int, expected: int, output: bytes) -> None:
    if exit_code != expected:
        said = output.decode("utf-8", errors="replace")[-TAIL:]
        raise InputError(f"{' '.join(command)} ended with code {exit_code} and not {expected}:\n{said}")
