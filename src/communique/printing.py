"""What a person reads on the terminal: tables of scores and of predictions."""

from collections.abc import Mapping, Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from communique.evaluation import Report

console = Console()
EXCERPT = 90
"""Characters of a paragraph's text in a table of predictions."""


def report_table(report: Report, title: str) -> Table:
    """Show a task a row: F1 with intervals, average precision, expected calibration error, Brier score."""
    table = Table("task", "macro-F1", "micro-F1", "AP", "ECE", "Brier", box=box.SIMPLE, title=title)
    for name, task in report.items():
        scores = task.scores
        average = "" if task.average_precision is None else f"{task.average_precision:.3f}"
        calibration = (f"{scores[score].value:.3f}" for score in ("expected_calibration_error", "brier"))
        table.add_row(name, str(scores["macro_f1"]), str(scores["micro_f1"]), average, *calibration)
    return table


def label_table(report: Report) -> Table:
    """Show a label a row."""
    table = Table("task", "label", "precision", "recall", "F1", "support", box=box.SIMPLE)
    for name, task in report.items():
        for label, scores in task.labels.items():
            figures = (f"{value:.2f}" for value in (scores.precision, scores.recall, scores.f1))
            table.add_row(name, label, *figures, str(scores.support))
    return table


def sweep_table(runs: Sequence[tuple[str, Mapping[str, float]]]) -> Table:
    """Compare runs, given as name and metrics, a run a row."""
    keys = {key for _, metrics in runs for key in metrics}
    tasks = sorted(key.split("/")[1] for key in keys if key.startswith("test/") and key.endswith("/macro_f1/low"))
    title = "Macro-F1: the tasks' mean on validation; each on test, 95% interval"
    table = Table(box=box.SIMPLE, title=title, pad_edge=False)
    for column in ("run", "mean", *tasks, "time"):
        table.add_column(column, no_wrap=True)
    for name, metrics in runs:
        cells = []
        for task in tasks:
            value, low, high = (metrics[f"test/{task}/macro_f1{end}"] for end in ("", "/low", "/high"))
            cells.append(f"{value:.3f} [{low:.2f}, {high:.2f}]")
        seconds = metrics["cost/train_seconds"]
        table.add_row(name, f"{metrics['validation/mean_macro_f1']:.3f}", *cells, f"{seconds:.0f} s")
    return table


def prediction_rows(table: pd.DataFrame, tasks: Sequence[str], rows: int) -> Table:
    """Show paragraphs with their labels and probabilities, an article after the other."""
    shown = Table("¶", "text", *tasks, box=box.SIMPLE, show_lines=False)
    article = None
    for record in table.head(rows).to_dict("records"):
        if record["article"] != article:
            article = record["article"]
            shown.add_section()
            shown.add_row("", f"[bold]{article}[/bold]")
        text = str(record["text"])
        excerpt = text if len(text) <= EXCERPT else text[: EXCERPT - 1].rsplit(" ", 1)[0] + " …"
        shown.add_row(str(record["position"]), excerpt, *(_cell(record, task) for task in tasks))
    return shown


def _cell(record: Mapping[object, object], task: str) -> str:
    labels, probabilities = record[task], record[f"{task}_probability"]
    if not isinstance(labels, list):
        return f"{labels} {probabilities:.2f}"
    pairs = zip(labels, probabilities, strict=True)  # type: ignore[call-overload]
    return "\n".join(f"{label} {probability:.2f}" for label, probability in pairs) or "–"
