"""Where inputs and outputs lie: on this machine's disks, or at an address that Spark knows, as s3a://bucket/folder."""

import re
from pathlib import Path
from urllib.parse import unquote

from communique.errors import InputError
from communique.records import check_output

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(//[^/]*)?(?=/)")
"""Two letters at least: C:/ is a disk."""


def is_uri(place: str) -> bool:
    """Tell an address from a path of this machine."""
    return SCHEME.match(place) is not None


def check_places(source: Path, output: Path) -> None:
    """Say at once, before the work, if there is no way to write the output, or if it stands inside of the input."""
    check_output(output)
    if output.resolve().is_relative_to(source.resolve()):
        raise InputError(f"output={output} must stand outside of the input, or the next run would read it as such")


def name_below(root: str, file: str) -> str:
    """Name a file as its user does, from the input on; `root` and `file` are addresses, the latter's signs escaped.

    Both without their beginnings, for Spark adds to these: hdfs:///data is its hdfs://server:8020/data.
    """
    folder, path = (SCHEME.sub("", place).rstrip("/") for place in (root, unquote(file)))
    return Path(path).name if path == folder else path.removeprefix(f"{folder}/")
