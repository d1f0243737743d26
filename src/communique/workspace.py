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

from communique.config import ROOT

PROBE = ROOT / "outputs" / "probe.json"
"""Where it is kept what trains fastest on this machine."""
LIBRARIES = ("numpy", "scikit-learn", "scipy", "torch", "transformers")
"""Whose versions may change what a training comes to."""


def origins(model: Mapping[str, Any]) -> dict[str, Any]:
    """Sum up what a training's result depends on besides configuration and data.

    The package's source, the libraries' versions, and the files that the model's configuration names: a checkpoint's
    folder, a student's unlabelled paragraphs, and the same of its teacher.
    """
    return {
        "code": _digest(sorted(Path(__file__).parent.rglob("*.py"))),
        "libraries": {name: version(name) for name in LIBRARIES},
        "files": {name: _digest(_files(Path(name).expanduser())) for name in _named(model)},
    }


def fit_identity(asked: Mapping[str, Any], corpus_digest: str) -> dict[str, Any]:
    """Give all that a fit depends on, of what was asked of a training run."""
    settings = {key: asked[key] for key in ("model", "calibration", "seed")}
    return {**settings, "corpus": corpus_digest, **origins(asked["model"])}


def _named(model: Mapping[str, Any]) -> list[str]:
    own = [model["checkpoint"]] if "checkpoint" in model else [*model.get("unlabelled", ())]
    return own + (_named(model["teacher"]) if "teacher" in model else [])


def _files(path: Path) -> list[Path]:
    """List what is below a path; nothing where it is no path but a name on the hub, or isn't there."""
    return [path] if path.is_file() else sorted(path.rglob("*")) if path.is_dir() else []


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
