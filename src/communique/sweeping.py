"""After a sweep: the best run's scores on the parent, a table, the link, and an experiment's results."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from communique.config import ROOT, SWEEP_VARIABLE

if TYPE_CHECKING:
    from communique.tracking import Child


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
    name = finished.children[0].params["experiment.name"]
    if name != str(None):
        path = ROOT / finished.children[0].params["experiment.results"] / f"{name}.json"
        _write_results(finished.children, name, path)
        console.print(
            f"The experiment's results are in {path}; `make ledger` puts them into the ledger.", soft_wrap=True
        )


def _write_results(children: Sequence["Child"], name: str, path: Path) -> None:
    from communique.codebook import load_codebook
    from communique.config import EvaluationConfig
    from communique.experiments import ExperimentRun, results, write_results
    from communique.tracking import load_predictions

    params, tags = children[0].params, children[0].tags
    runs = [
        ExperimentRun(
            model=model,
            corpus=_corpus(child.params),
            corpus_sha256=child.tags["corpus_digest"],
            seed=int(child.params["seed"]),
            metrics=child.metrics,
            predictions=load_predictions(child.id, "test"),
        )
        for child, model in zip(children, _models(children), strict=True)
    ]
    codebook = load_codebook(ROOT / params[f"corpus.{_corpus(params)}.codebook"])
    evaluation = EvaluationConfig(
        resamples=int(params["evaluation.resamples"]),
        confidence=float(params["evaluation.confidence"]),
        calibration_bins=int(params["evaluation.calibration_bins"]),
        seed=int(params["evaluation.seed"]),
    )
    about = {
        "experiment": name,
        "question": params["experiment.question"],
        "command": f"python src/train.py -cd experiments -cn {name}",
        "commit": tags["git_commit"],
    }
    write_results(results(runs, codebook, evaluation, about), path)


def _corpus(params: Mapping[str, str]) -> str:
    """Give the name of the corpus: `corpus.NAME.kind` is one of the parameters."""
    return next(key.split(".")[1] for key in params if key.startswith("corpus.") and key.endswith(".kind"))


def _models(children: Sequence["Child"]) -> list[str]:
    """Name each run's model by its kind, and by those of the kind's parameters that the experiment varies."""
    names = []
    for child in children:
        kind = child.params["model.kind"]
        same = [other.params for other in children if other.params["model.kind"] == kind]
        keys = [key for key in child.params if key.startswith("model.") and len({p.get(key) for p in same}) > 1]
        names.append(" ".join([kind, *(f"{key.removeprefix('model.')}={child.params[key]}" for key in keys)]))
    return names
