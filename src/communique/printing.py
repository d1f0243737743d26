"""What a person reads on the terminal: tables of scores and of predictions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from communique.evaluation import Report
from communique.records import Outcome

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


@contextmanager
def progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how many paragraphs are done, how fast that goes and how long it will take; the block calls it with more."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("paragraphs", total=total, rate="")

        def advance(rows: int) -> None:
            bar.advance(task, rows)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f} paragraphs/s" if speed else "")

        yield advance


def prediction_rows(table: pd.DataFrame, tasks: Sequence[str]) -> Table:
    """Show paragraphs with their labels and probabilities, an article after the other where they are known."""
    shown = Table("¶", "text", *tasks, box=box.SIMPLE, show_lines=False)
    article = None
    for number, record in enumerate(table.to_dict("records"), start=1):
        if record.get("article", article) != article:
            article = record["article"]
            shown.add_section()
            shown.add_row("", f"[bold]{escape(str(article))}[/bold]")
        text = str(record["text"])
        excerpt = text if len(text) <= EXCERPT else text[: EXCERPT - 1].rsplit(" ", 1)[0] + " …"
        place = str(record.get("position", number))
        shown.add_row(place, escape(excerpt), *(_cell(record, task) for task in tasks))
    return shown


def outcome(made: Outcome, rows_shown: int) -> None:
    """Show the first records, and say where all is."""
    console.print(prediction_rows(pd.DataFrame(made.first), made.tasks))
    if made.rows > rows_shown:
        console.print(f"… and {counted(made.rows - rows_shown, 'paragraph')} more (rows_shown=… shows them).")
    console.print(f"{counted(made.rows, 'paragraph')} written to {made.output}.", soft_wrap=True)
    if made.rejected:
        aside = counted(made.rejected, "row or file", "rows or files")
        console.print(f"{aside} set aside, each with its reason, in {made.aside}.", soft_wrap=True)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say how many there are of something."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def _cell(record: Mapping[object, object], task: str) -> str:
    labels, probabilities = record[task], record[f"{task}_probability"]
    if not isinstance(labels, list):
        return f"{labels} {probabilities:.2f}"
    pairs = zip(labels, probabilities, strict=True)  # type: ignore[call-overload]
    return "\n".join(f"{label} {probability:.2f}" for label, probability in pairs) or "–"
