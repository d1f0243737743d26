"""After a sweep: the best run's scores on the parent, a table, the link, and an experiment's results."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from communique.config import SWEEP_VARIABLE


@contextmanager
def sweep() -> Iterator[None]:
    """Wrap a script: when what runs inside was a sweep, finish it, also when some of its jobs failed.

    The jobs, in this process or in others, find through the environment where to leave their parent run's id. A single
    run leaves none, and nothing is imported or done.
    """
    with TemporaryDirectory(prefix="communique-") as folder:
        marker = Path(folder) / "parent"
        os.environ[SWEEP_VARIABLE] = str(marker)
        try:
            yield
        finally:
            if marker.exists():
                finish(marker.read_text(encoding="utf-8"))


def finish(parent: str) -> None:
    """Put the best child's scores on the parent, print the comparison and its link, write the experiment's results."""
    from communique.printing import console, sweep_table
    from communique.tracking import close_sweep

    finished = close_sweep(parent)
    console.print(sweep_table([(child.name, child.metrics) for child in finished.children]))
    if finished.failed:
        console.print(f"{finished.failed} runs failed and are left out: see their tag `error` in the UI.")
    # The link must stay in one piece to be clicked.
    console.print(f"Compare them in the UI (make ui): {finished.link}", soft_wrap=True)
