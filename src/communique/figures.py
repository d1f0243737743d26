"""Pictures of a Report. Figures are made without pyplot, so that nothing stays open and threads don't meet."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from communique.evaluation import Report, TaskReport
from communique.experiments import row_name, tasks_of


def figures(report: Report) -> dict[str, Figure]:
    """Draw all pictures, by file name: {"action/confusion.png": Figure, …}."""
    drawn = {}
    for task, figures_of_task in ((name, task_report) for name, task_report in report.items()):
        drawn[f"{task}/confusion.png"] = confusion(figures_of_task, task)
        drawn[f"{task}/labels.png"] = label_bars(figures_of_task, task)
        drawn[f"{task}/reliability.png"] = reliability(figures_of_task, task)
    return drawn


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    return figure, figure.add_subplot()


def model_scores(found: Mapping[str, Any]) -> Figure:
    """Show an experiment's macro-F1 per model and task: a dot for each seed, the mean and its interval as a bar.

    What others have published on the same corpora stands as a dotted line.
    """
    rows = found["rows"]
    tasks = tasks_of(found)
    names = max(len(row_name(row, found)) for row in rows) * 0.085  # inches
    figure = Figure(figsize=(3.4 * len(tasks) + names, 0.8 + 0.55 * len(rows)), layout="constrained", dpi=120)
    for column, task in enumerate(tasks):
        axes = figure.add_subplot(1, len(tasks), column + 1)
        for y, row in enumerate(reversed(rows)):
            metric = row["metrics"].get(f"{found['split']}/{task}/macro_f1")
            if metric is None:  # its corpus isn't labelled for this task
                continue
            axes.plot([metric["low"], metric["high"]], [y, y], color="#9ecae1", linewidth=7, solid_capstyle="butt")
            axes.plot(metric["values"], [y] * len(metric["values"]), ".", color="#08519c", alpha=0.6)
            axes.plot([metric["mean"]], [y], "|", color="black", markersize=14)
        _published(axes, [score for score in found["published"] if score["task"] == task], rows)
        axes.set_yticks(range(len(rows)), [row_name(row, found) for row in reversed(rows)] if column == 0 else [])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(0, 1)
        axes.grid(axis="x", alpha=0.3)
        place = "" if found["split"] == "test" else f" ({found['split']})"
        axes.set_xlabel(f"{task}: macro-F1{place}", fontsize=10)
    return figure


def cost_picture(costs: Mapping[str, tuple[float, float]]) -> Figure:
    """Show models by what they cost and what they are worth: paragraphs a second, and macro-F1."""
    figure, axes = _canvas(6.4, 3.6)
    for number, (name, (speed, score)) in enumerate(costs.items()):
        axes.plot([speed], [score], "o", color="#08519c")
        beside = (6, 5 if number % 2 else -11)  # equally good models may lie side by side
        axes.annotate(name, (speed, score), xytext=beside, textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.margins(0.18)
    axes.grid(alpha=0.3)
    axes.set_xlabel("paragraphs a second on this machine")
    axes.set_ylabel("macro-F1 on the test split")
    return figure


def _published(axes: Axes, scores: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw each published score as a dotted line through the rows of its corpus."""
    for score in scores:
        heights = [y for y, row in enumerate(reversed(rows)) if row["corpus"] == score["corpus"]]
        for y in heights:
            axes.plot([score["macro_f1"]] * 2, [y - 0.5, y + 0.5], color="grey", linestyle=":", linewidth=1)
        if heights:
            axes.text(score["macro_f1"], max(heights) + 0.55, score["model"], rotation=60, fontsize=6, va="bottom")


def confusion(report: TaskReport, task: str) -> Figure:
    """Show gold in rows, predicted in columns; colour by the row's share, so that rare labels are seen too."""
    matrix, names = report.confusion, report.confusion_labels
    size = 2.2 + 0.45 * len(names)
    figure, axes = _canvas(size, size)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(matrix):
        colour = "white" if shares[row, column] > 0.5 else "black"  # noqa: PLR2004 half of the scale
        axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title(f"{task}: gold against predicted, {report.paragraphs} paragraphs", fontsize=10)
    return figure


def label_bars(report: TaskReport, task: str) -> Figure:
    """Show precision, recall and F1 of each label, the most frequent on top."""
    names = sorted(report.labels, key=lambda name: report.labels[name].support)
    figure, axes = _canvas(7, 1.5 + 0.42 * len(names))
    rows = np.arange(len(names))
    for offset, measure, colour in (
        (0.27, "precision", "#9ecae1"),
        (0.0, "recall", "#6baed6"),
        (-0.27, "f1", "#08519c"),
    ):
        values = [getattr(report.labels[name], measure) for name in names]
        axes.barh(rows + offset, values, height=0.25, color=colour, label=measure)
    axes.set_yticks(rows, [f"{name} ({report.labels[name].support})" for name in names], fontsize=8)
    axes.set_xlim(0, 1)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    axes.set_title(f"{task}: each label, with its paragraphs; macro-F1 {report.scores['macro_f1']}", fontsize=10)
    return figure


def reliability(report: TaskReport, task: str) -> Figure:
    """Show how often what was predicted with a probability came true; on the diagonal it is honest."""
    figure, axes = _canvas(4.6, 4.6)
    bins = report.reliability
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    axes.plot(bins.predicted, bins.observed, color="#08519c", linewidth=1)
    axes.scatter(bins.predicted, bins.observed, s=12 + 150 * bins.count / bins.count.max(), color="#08519c", alpha=0.7)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("share that came true")
    axes.set_title(f"{task}: calibration error {report.scores['expected_calibration_error']}", fontsize=9)
    return figure
