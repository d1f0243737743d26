"""A run: what was asked, on which data, with which code, and what came out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.dataset import Dataset
from mlflow.data.pandas_dataset import from_pandas

from communique.checkout import checkout
from communique.config import TrackingConfig
from communique.corpora import Corpus
from communique.evaluation import Report
from communique.figures import figures
from communique.launching import command
from communique.paragraphs import Paragraph
from communique.tracking.configurations import log_config
from communique.tracking.store import open_store, page
from communique.tracking.sweeps import sweep_parent

PREDICTIONS_FILE = "predictions/{split}.json"


@dataclass(frozen=True, slots=True)
class Run:
    """The run that is going on."""

    id: str
    experiment_id: str

    @property
    def link(self) -> str:
        """The run's page in the UI."""
        return page(f"experiments/{self.experiment_id}/runs/{self.id}")

    def log_corpus(self, corpus: Corpus) -> None:
        """Log the splits as the run's inputs, and the digest that runs on equal data share."""
        mlflow.set_tag("corpus_digest", corpus.digest)
        contexts = {"train": "training", "validation": "validation", "test": "testing"}
        datasets: list[Dataset | None] = [
            from_pandas(_frame(paragraphs), name=f"{corpus.name}-{split}", digest=corpus.digest[:16])
            for split, paragraphs in corpus.splits.items()
        ]
        mlflow.log_inputs(datasets, [contexts[split] for split in corpus.splits], [None] * len(datasets))

    def log_report(self, split: str, report: Report) -> None:
        """Log every score as `<split>/<task>/<score>`, in one call, and the pictures."""
        mlflow.log_metrics(
            {
                f"{split}/{task}/{name}": value
                for task, scores in report.items()
                for name, value in scores.metrics().items()
            }
        )
        for name, figure in figures(report).items():
            mlflow.log_figure(figure, f"figures/{split}/{name}")

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log further figures."""
        mlflow.log_metrics(dict(metrics))

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Log what describes the run."""
        mlflow.set_tags(dict(tags))

    def log_predictions(self, split: str, paragraphs: Sequence[Paragraph], predictions: pd.DataFrame) -> None:
        """Log a table with a row per paragraph: its text, its gold (`gold_<task>`), what was predicted."""
        gold = pd.DataFrame([{f"gold_{task}": value for task, value in p.gold.items()} for p in paragraphs])
        table = pd.concat([_frame(paragraphs), gold, predictions.reset_index(drop=True)], axis=1)
        mlflow.log_table(table, PREDICTIONS_FILE.format(split=split))


@contextmanager
def start_run(config: TrackingConfig, name: str, asked: Mapping[str, Any], *, in_sweep: bool = False) -> Iterator[Run]:
    """Start a run and log the configuration and the code's commit; an exception marks it FAILED and is tagged.

    In a sweep the run becomes a child of the sweep's own run, which has the command.
    """
    experiment = open_store(config)
    sweep = sweep_parent(experiment, asked) if in_sweep else None
    parent, started_by = (sweep.id, sweep.command) if sweep else (None, command())
    tags = {"communique": "run", "command": started_by, **_commit()}
    with mlflow.start_run(experiment_id=experiment, run_name=name, parent_run_id=parent, tags=tags) as active:
        try:
            mlflow.log_params(_flat(asked))
            log_config(active.info.run_id, asked)
            yield Run(active.info.run_id, experiment)
        except BaseException as error:
            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:1000])
            raise


def _frame(paragraphs: Sequence[Paragraph]) -> pd.DataFrame:
    columns = ("id", "article", "text", "source", "target")
    return pd.DataFrame([{name: getattr(p, name) for name in columns} for p in paragraphs])


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _commit() -> dict[str, str]:
    """Give the code's commit, and whether files were changed since; nothing outside a git checkout."""
    state = checkout()
    if state is None:
        return {"git_commit": "unknown"}
    return {"git_commit": state.commit, "git_changed": str(state.changed).lower()}


def expected_seconds(config: TrackingConfig, kind: str, corpus_digest: str) -> float | None:
    """Tell how long the last finished training of a kind of model on the same data took, if there is one."""
    experiment = open_store(config)
    found = mlflow.MlflowClient().search_runs(
        [experiment],
        f"attributes.status = 'FINISHED' and params.`model.kind` = '{kind}' "
        f"and tags.corpus_digest = '{corpus_digest}' and metrics.`cost/train_seconds` > 0",
        max_results=1,
    )
    return found[0].data.metrics["cost/train_seconds"] if found else None


def load_predictions(run: str, split: str) -> pd.DataFrame:
    """Read back the table that `Run.log_predictions` wrote."""
    table = mlflow.artifacts.load_dict(f"runs:/{run}/{PREDICTIONS_FILE.format(split=split)}")
    # As objects, since pandas would turn the null of a missing label into a nan.
    return pd.DataFrame(table["data"], columns=table["columns"], dtype=object)
