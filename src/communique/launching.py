"""What the processes of one sweep share: a folder on the project's disk, named in the environment.

The jobs may run in this process, in others, or on other machines of a cluster that mount the same disk.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from communique.config import ROOT, SWEEP_VARIABLE
from communique.errors import InputError

SWEEPS = ROOT / "outputs" / "sweeps"
PARENT, COMMAND = "parent", "command"
"""The folder's files: the id of the sweep's own run, which the first job leaves; the command that started the sweep."""


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Give a sweep's folder, named in the environment that launchers hand on to the jobs; it is gone afterwards."""
    SWEEPS.mkdir(parents=True, exist_ok=True)
    # A job that outlives a stopped sweep may hold a file open, which a network's disk does not let go at once.
    with TemporaryDirectory(dir=SWEEPS, ignore_cleanup_errors=True) as name:
        (Path(name) / COMMAND).write_text(command(), encoding="utf-8")
        os.environ[SWEEP_VARIABLE] = name
        yield Path(name)


def job_folder() -> Path | None:
    """Give the folder of the sweep that this process is a job of; None when that sweep is over already.

    A cluster starts queued jobs also after somebody has stopped the sweep that sent them.
    """
    name = os.environ.get(SWEEP_VARIABLE)
    if name is None:
        raise InputError(
            f"the environment variable {SWEEP_VARIABLE} has not reached this job of a sweep: its launcher must hand on "
            "the environment (SLURM does, unless --export tells it otherwise)"
        )
    return Path(name) if Path(name).is_dir() else None


def command() -> str:
    """Give the command that started this process, its script named from the project's root."""
    script = Path(sys.argv[0]).resolve()
    name = script.relative_to(ROOT).as_posix() if script.is_relative_to(ROOT) else script.name
    return shlex.join(["python", name, *sys.argv[1:]])
