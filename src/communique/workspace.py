"""The folder in which a long training keeps what it resumes from."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock, Timeout

LIBRARIES = ("numpy", "scikit-learn", "scipy", "torch", "transformers")
"""Whose versions may change what a training comes to."""


def origins(checkpoint: str | None) -> dict[str, Any]:
    """Sum up what a training's result depends on besides configuration and data.

    The package's source, the libraries' versions, and the files of the checkpoint where that is a folder.
    """
    folder = Path(checkpoint).expanduser() if checkpoint else None
    return {
        "code": _digest(sorted(Path(__file__).parent.rglob("*.py"))),
        "libraries": {name: version(name) for name in LIBRARIES},
        "checkpoint": _digest(sorted(folder.glob("*"))) if folder and folder.is_dir() else checkpoint,
    }


def fingerprint(identity: Mapping[str, Any]) -> str:
    """Give the sha256 of plain values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


@contextmanager
def workspace(parent: Path, identity: Mapping[str, Any]) -> Iterator[Path]:
    """Give a folder that the same work finds again after a stop.

    `identity` is all that the result depends on: another configuration never goes on from this one's state. Where
    another process is at the same work already, the folder is a temporary one, so that neither disturbs the other.
    """
    name = fingerprint(identity)[:16]
    parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(parent / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with TemporaryDirectory(prefix="communique-") as folder:
            yield Path(folder) / name
        return
    try:
        yield parent / name
    finally:
        lock.release()
