"""The folder in which a long training keeps what it resumes from."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock, Timeout


def code_digest() -> str:
    """Sum up the package's source, so that no training goes on with other code than it began with."""
    package = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


@contextmanager
def workspace(parent: Path, identity: Mapping[str, Any]) -> Iterator[Path]:
    """Give a folder that the same work finds again after a stop.

    `identity` is all that the result depends on: another configuration never goes on from this one's state. Where
    another process is at the same work already, the folder is a temporary one, so that neither disturbs the other.
    """
    name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
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
