"""An experiment's results: what its runs came to over the seeds, and who beats whom.

experiments/results/NAME.json: {"experiment", "question", "command", "commit", "date", "machine", "split", "rows": […],
"comparisons": […], "published": […]}; a row has a model, its corpus and its metrics, each {"mean", "sd", "low", "high",
"values"}; `published` are others' scores on the same corpora.
"""

import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from communique.bootstrap import Bootstrap, Score
from communique.codebook import Codebook
from communique.config import EvaluationConfig
from communique.errors import InputError
from communique.evaluation import score_sums
from communique.machine import processors
from communique.models.calibration import Array
from communique.paragraphs import Paragraph, gold_array, gold_from_row, indicators
from communique.records import arrays
from communique.writing import whole_file

COMPARED = "macro_f1"


@dataclass(frozen=True)
class ExperimentRun:
    """One run of an experiment on one corpus: its place in the grid, its metrics, its predictions on the split.

    `codebook` is the corpus's: gold and predictions are in its labels.
    """

    model: str
    corpus: str
    corpus_sha256: str
    codebook: Codebook
    seed: int
    metrics: Mapping[str, float]
    predictions: pd.DataFrame


Sums = dict[str, tuple[Score, list[Array]]]
"""By metric (`test/action/macro_f1`): its function, and its sums per paragraph, run by run."""


def results(
    runs: Sequence[ExperimentRun], split: str, config: EvaluationConfig, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Sum up the runs: a row per model and corpus, and every pair of models compared on the same paragraphs.

    The runs' metrics are named `<split>/<task>/<score>`.
    """
    groups: dict[tuple[str, str, str], list[ExperimentRun]] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        members = groups.setdefault((run.model, run.corpus, run.corpus_sha256), [])
        if run.seed in [member.seed for member in members]:
            raise InputError(
                f"two runs of {run.model} on {run.corpus} have the seed {run.seed}: what else do they vary?"
            )
        members.append(run)
    summed = {key: _sums(members, split, config) for key, members in groups.items()}
    bootstraps = {key[1:]: Bootstrap(members[0].predictions["article"], config) for key, members in groups.items()}
    rows = [
        {
            "model": model,
            "corpus": corpus,
            "corpus_sha256": sha256,
            "seeds": [run.seed for run in members],
            "metrics": dict(_metrics(members, split, summed[model, corpus, sha256], bootstraps[corpus, sha256])),
        }
        for (model, corpus, sha256), members in groups.items()
    ]
    comparisons = [
        {"a": a[0], "b": b[0], "corpus": a[1], **compared}
        for a, b in combinations(summed, 2)
        if a[1:] == b[1:]
        for compared in _comparisons(summed[a], summed[b], bootstraps[a[1:]])
    ]
    where = {"date": datetime.now(UTC).date().isoformat(), "machine": machine()}
    return {**about, **where, "split": split, "rows": rows, "comparisons": comparisons}


def tasks_of(found: Mapping[str, Any]) -> list[str]:
    """Name the tasks that an experiment's results are about."""
    names = dict.fromkeys(key for row in found["rows"] for key in row["metrics"])
    keys = (re.fullmatch(rf"{found['split']}/(\w+)/macro_f1", key) for key in names)
    return [key[1] for key in keys if key]


def row_name(row: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Name a row by its model, and by its corpus where the experiment has several."""
    several = len({other["corpus"] for other in found["rows"]}) > 1
    return f"{row['model']} on {row['corpus']}" if several else str(row["model"])


def machine() -> str:
    """Name what the results were measured on."""
    return f"{platform.system()} {platform.machine()}, {processors()} cores, Python {platform.python_version()}"


def write_results(found: Mapping[str, Any], path: Path) -> None:
    """Write the results as JSON that reads well in a diff."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sums(runs: Sequence[ExperimentRun], split: str, config: EvaluationConfig) -> Sums:
    sums: Sums = {}
    for run in runs:
        codebook = run.codebook
        probabilities, decisions = arrays(run.predictions, codebook)
        paragraphs = _paragraphs(run.predictions, codebook)
        for name, task in codebook.tasks.items():
            gold = indicators(gold_array(paragraphs, name, task), task)
            chosen = indicators(decisions[name].astype(float), task)
            unlabelled = np.isnan(gold).any(axis=1)
            scores = score_sums(task, np.nan_to_num(gold), chosen, probabilities[name], config.calibration_bins)
            for score_name, (score, rows) in scores.items():
                rows[unlabelled] = 0
                sums.setdefault(f"{split}/{name}/{score_name}", (score, []))[1].append(rows)
    return sums


def _paragraphs(table: pd.DataFrame, codebook: Codebook) -> list[Paragraph]:
    paragraphs = []
    for row in table.to_dict("records"):
        labels: dict[str, object] = {name: row[f"gold_{name}"] for name in codebook.tasks}
        gold = gold_from_row(labels, codebook, str(row["id"]))
        paragraphs.append(Paragraph(str(row["id"]), str(row["article"]), 1, str(row["text"]), gold=gold))
    return paragraphs


def _metrics(
    runs: Sequence[ExperimentRun], split: str, sums: Sums, bootstrap: Bootstrap
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each metric over the seeds; an interval only where the bootstrap has one."""
    places = (f"{split}/", "cost/")
    names = [name for name in runs[0].metrics if name.startswith(places) and not name.endswith(("/low", "/high"))]
    for name in names:
        values = [run.metrics[name] for run in runs]
        interval = bootstrap.interval(sums[name][0], *sums[name][1]) if name in sums else None
        yield (
            name,
            {
                "mean": float(np.mean(values)),
                "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
                "values": values,
            },
        )


def _comparisons(a: Sums, b: Sums, bootstrap: Bootstrap) -> Iterator[dict[str, Any]]:
    for metric, (score, runs) in a.items():
        if metric.endswith(f"/{COMPARED}"):
            difference, p = bootstrap.difference(score, runs, b[metric][1])
            yield {
                "metric": metric,
                "difference": difference.value,
                "low": difference.low,
                "high": difference.high,
                "p": p,
            }
