"""After a sweep: the best run's scores on the parent, a table, the link, and an experiment's results."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from communique.config import ROOT, SWEEP_VARIABLE
from communique.errors import explained

if TYPE_CHECKING:
    from communique.tracking import Child


@contextmanager
def sweep() -> Iterator[None]:
    """Wrap a script: when what runs inside was a sweep, finish it, also when it was stopped or some of its jobs failed.

    The jobs, in this process or in others, find through the environment where to leave their parent run's id. A single
    run leaves none, and nothing is imported or done.
    """
    with TemporaryDirectory(prefix="communique-") as folder:
        marker = Path(folder) / "parent"
        os.environ[SWEEP_VARIABLE] = str(marker)
        ended_well = False
        try:
            yield
            ended_well = True
        finally:
            if marker.exists():
                with explained():
                    finish(marker.read_text(encoding="utf-8"), ended_well=ended_well)


def finish(parent: str, *, ended_well: bool) -> None:
    """Put the best child's scores on the parent, print the comparison and its link, write the experiment's results.

    A sweep that was stopped, or has failed runs, never takes the place of an experiment's finished results.
    """
    from communique.printing import console, sweep_table
    from communique.tracking import close_sweep, load_config

    finished = close_sweep(parent, ended_well=ended_well)
    console.print(sweep_table(list(zip(_names(finished.children), finished.metrics, strict=True))))
    # The link must stay in one piece to be clicked.
    console.print(f"Compare them in the UI (make ui): {finished.link}", soft_wrap=True)
    config = load_config(finished.children[0].id)
    name = config["experiment"]["name"]
    if not finished.complete:
        console.print(f"The sweep is incomplete: {finished.failed} runs failed or were stopped (their tag `error`).")
    elif name is not None:
        path = ROOT / config["experiment"]["results"] / f"{name}.json"
        _write_results(finished.children, config, path)
        console.print(f"The results are in {path}; `make ledger` puts them into the ledger.", soft_wrap=True)


def _write_results(children: Sequence["Child"], config: dict[str, Any], path: Path) -> None:
    from communique.codebook import load_codebook
    from communique.config import EvaluationConfig
    from communique.experiments import ExperimentRun, results, write_results
    from communique.tracking import load_predictions

    ((corpus, settings),) = config["corpus"].items()
    runs = [
        ExperimentRun(
            model=model,
            corpus=corpus,
            corpus_sha256=child.tags["corpus_digest"],
            seed=int(child.params["seed"]),
            metrics=child.metrics,
            predictions=load_predictions(child.id, "test"),
        )
        for child, model in zip(children, _models(children), strict=True)
    ]
    tags = children[0].tags
    about = {
        "experiment": config["experiment"]["name"],
        "question": config["experiment"]["question"],
        "command": tags["command"],
        "commit": tags["git_commit"] + ("+changes" if tags.get("git_changed") == "true" else ""),
    }
    codebook = load_codebook(ROOT / settings["codebook"])
    write_results(results(runs, codebook, EvaluationConfig(**config["evaluation"]), about), path)


def _names(children: Sequence["Child"]) -> list[str]:
    return [f"{model}, seed {child.params['seed']}" for child, model in zip(children, _models(children), strict=True)]


def _models(children: Sequence["Child"]) -> list[str]:
    """Name each run's model by its kind, and by those of the kind's parameters that the sweep varies."""
    names = []
    for child in children:
        kind = child.params["model.kind"]
        same = [other.params for other in children if other.params["model.kind"] == kind]
        keys = [key for key in child.params if key.startswith("model.") and len({p.get(key) for p in same}) > 1]
        names.append(" ".join([kind, *(f"{key.removeprefix('model.')}={child.params[key]}" for key in keys)]))
    return names
