"""After a sweep: the best run's scores on the parent, a table, the link, and an experiment's results."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.config import ROOT
from communique.errors import explained
from communique.launching import PARENT, shared_folder

if TYPE_CHECKING:
    from communique.experiments import ExperimentRun
    from communique.tracking import Child, Sweep


@contextmanager
def sweep() -> Iterator[None]:
    """Wrap a script: when what runs inside was a sweep, finish it, also when it was stopped or some of its jobs failed.

    The jobs leave their parent run's id in the folder that they share. A single run leaves none: then nothing is
    imported or done.
    """
    with shared_folder() as folder:
        marker = folder / PARENT
        ended_well = False
        try:
            with explained():  # Ctrl-C reaches this process, and not a job, where the jobs run in others
                yield
            ended_well = True
        finally:
            if marker.exists():
                with explained():
                    finish(marker.read_text(encoding="utf-8"), ended_well=ended_well)


def finish(parent: str, *, ended_well: bool) -> None:
    """Put the best child's scores on the parent, print the comparison and its link, write the experiment's results.

    Runs that were finished before count like its own. A sweep that was stopped, or has failed runs, never takes the
    place of an experiment's finished results.
    """
    from communique.printing import console, sweep_table
    from communique.tracking import close_sweep, load_config

    finished = close_sweep(parent, ended_well=ended_well)
    console.print(sweep_table(list(zip(_names(finished.children), finished.metrics, strict=True))))
    # The link must stay in one piece to be clicked.
    console.print(f"Compare them in the UI (make ui): {finished.link}", soft_wrap=True)
    config = load_config(parent)  # a child may be from another sweep, which asked another question
    name = config["experiment"]["name"]
    if not finished.complete:
        said = ["The sweep is incomplete: the same command runs what is missing.", *finished.failures]
        console.print("\n".join(said), markup=False, soft_wrap=True)  # an error may have brackets
    elif name is not None:
        path = ROOT / config["experiment"]["results"] / f"{name}.json"
        _write_results(finished, config, path)
        console.print(f"The results are in {path}; `make ledger` puts them into the ledger.", soft_wrap=True)


def _write_results(finished: "Sweep", config: dict[str, Any], path: Path) -> None:
    from communique.config import EvaluationConfig
    from communique.experiments import results, write_results

    split = config["transfer_split"] if config["transfer"] else "test"
    runs = [
        _experiment_run(child, model, place, split)
        for child, model in zip(finished.children, _models(finished.children), strict=True)
        for place in _places(config)
    ]
    about = {
        "experiment": config["experiment"]["name"],
        "question": config["experiment"]["question"],
        "command": finished.command,
        "commit": ", ".join(dict.fromkeys(_commit(child) for child in finished.children)),
        "published": config["experiment"]["published"],
    }
    write_results(results(runs, split, EvaluationConfig(**config["evaluation"]), about), path)


def _commit(child: "Child") -> str:
    return child.tags["git_commit"] + ("+changes" if child.tags.get("git_changed") == "true" else "")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an experiment's scores are: a corpus, its codebook's file, the names its metrics and digest go by."""

    corpus: str
    codebook: str
    prefix: str
    digest: str


def _places(config: dict[str, Any]) -> list[_Place]:
    """Name what an experiment measures on: the corpora of its transfer, or else the corpus that it trains on."""
    if config["transfer"]:
        return [
            _Place(name, settings["codebook"], f"transfer/{name}/", f"corpus_digest/{name}")
            for name, settings in config["transfer"].items()
        ]
    return [_Place(name, settings["codebook"], "", "corpus_digest") for name, settings in config["corpus"].items()]


def _experiment_run(child: "Child", model: str, place: _Place, split: str) -> "ExperimentRun":
    from communique.codebook import load_codebook
    from communique.experiments import ExperimentRun
    from communique.tracking import load_predictions

    costs = {name: value for name, value in child.metrics.items() if name.startswith("cost/")}
    scores = {
        name.removeprefix(place.prefix): value
        for name, value in child.metrics.items()
        if name.startswith(f"{place.prefix}{split}/")
    }
    return ExperimentRun(
        model=model,
        corpus=place.corpus,
        corpus_sha256=child.tags[place.digest],
        codebook=load_codebook(ROOT / place.codebook),
        seed=int(child.params["seed"]),
        metrics={**costs, **scores},
        predictions=load_predictions(child.id, f"{place.prefix}{split}"),
    )


def _names(children: Sequence["Child"]) -> list[str]:
    return [f"{model}, seed {child.params['seed']}" for child, model in zip(children, _models(children), strict=True)]


def _models(children: Sequence["Child"]) -> list[str]:
    """Name each run's model by its kind, and by what else the sweep varies of models and corpora."""
    names = []
    for child in children:
        kind = child.params["model.kind"]
        same = [other.params for other in children if other.params["model.kind"] == kind]
        varied = [key for key in child.params if len({p.get(key) for p in same}) > 1]
        keys = [key for key in varied if key.startswith(("model.", "calibration.", "corpus.", "transfer."))]
        names.append(" ".join([kind, *(f"{key.partition('.')[2]}={child.params[key]}" for key in keys)]))
    return names
