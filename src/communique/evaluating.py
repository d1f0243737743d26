"""Evaluate a logged model on a split of a corpus: predict through MLflow, report, log."""

import numpy as np
import pandas as pd

from communique.codebook import Codebook, Task, TaskKind
from communique.config import EvaluateConfig, plain
from communique.corpora import load_corpus
from communique.errors import InputError
from communique.evaluation import report
from communique.models.calibration import Array, Decisions
from communique.printing import console, label_table, report_table
from communique.tracking import load_model, predict, start_run


def evaluate(config: EvaluateConfig) -> None:
    """Report how a logged model does, the way anybody would load it."""
    corpus = load_corpus(config.corpus)
    model = load_model(config.model_uri, config.tracking)
    paragraphs = corpus.splits[config.split.value]
    console.rule(f"{config.model_uri}: {len(paragraphs):,} paragraphs of {corpus.name}, {config.split.value} split")
    table = predict(model, [p.text for p in paragraphs], all_probabilities=True)
    probabilities, decisions = _arrays(table, corpus.codebook, config.model_uri)
    scores = report(paragraphs, corpus.codebook, probabilities, decisions, config.evaluation)
    name = f"evaluate-{corpus.name}-{config.split.value}"
    with start_run(config.tracking, name, plain(config)) as run:
        run.log_corpus(corpus)
        run.log_report(config.split.value, scores)
        run.log_predictions(config.split.value, paragraphs, table)
    console.print(report_table(scores, f"{config.model_uri} on {corpus.name}, {config.split.value} split"))
    console.print(label_table(scores))
    console.print(f"The run (make ui shows it): {run.link}", soft_wrap=True)


def _arrays(table: pd.DataFrame, codebook: Codebook, uri: str) -> tuple[dict[str, Array], dict[str, Decisions]]:
    """Take the probabilities and decisions of every label out of a prediction table."""
    probabilities, decisions = {}, {}
    for name, task in codebook.tasks.items():
        columns = [f"{name}_{label}" for label in task.names]
        if missing := [column for column in columns if column not in table]:
            raise InputError(f"the model {uri} doesn't predict {missing[0]}, which the corpus's codebook asks for")
        probabilities[name] = table[columns].to_numpy(dtype=float)
        decisions[name] = _decisions(table[name].tolist(), task)
    return probabilities, decisions


def _decisions(labels: list[list[str]] | list[str], task: Task) -> Decisions:
    if task.kind is TaskKind.multilabel:
        return np.array([[name in row for name in task.names] for row in labels], dtype=np.int64)
    return np.array([task.names.index(str(label)) for label in labels], dtype=np.int64)
