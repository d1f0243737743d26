"""Which state of the code this is."""

import subprocess
from dataclasses import dataclass

from communique.config import ROOT


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commit that is checked out, and whether files were changed since."""

    commit: str
    changed: bool

    def __str__(self) -> str:
        """As results name it: `3f2a…`, `3f2a…+changes`."""
        return self.commit + ("+changes" if self.changed else "")


def checkout() -> Checkout | None:
    """Ask git; None outside a checkout."""
    try:
        # What an experiment before this one has written is no change of the code.
        changed = _git("status", "--porcelain", "--", ".", ":(exclude)experiments/results")
        return Checkout(_git("rev-parse", "HEAD"), bool(changed))
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
