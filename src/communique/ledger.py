"""The ledger: tables in README.md and experiments/README.md, and pictures, made from experiments/results/*.json.

    python -m communique.ledger          (make ledger)

A table stands between two comment lines that name its experiment; what is between them is replaced, never typed.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from communique.benchmarks.rendering import cluster_costs
from communique.benchmarks.rendering import costs as bench_costs
from communique.benchmarks.rendering import markdown as bench_table
from communique.config import ROOT
from communique.experiments import row_name, tasks_of
from communique.pages import fill_page

PAGES = (ROOT / "README.md", ROOT / "experiments" / "README.md", ROOT / "docs" / "cluster.md")
RESULTS = ROOT / "experiments" / "results"
KIND = "results"
BENCH = "bench.json"


def main() -> None:
    """Draw each experiment's picture beside its results, and fill every page's blocks with its tables."""
    from communique.figures import cost_picture, model_scores

    for path, found in experiments(RESULTS).items():
        picture = model_scores(found)
        picture.savefig(path.with_suffix(".png"), metadata={"Software": None})  # equal results, equal bytes
    if (bench := RESULTS / BENCH).exists():
        picture = cost_picture(bench_costs(json.loads(bench.read_text(encoding="utf-8"))))
        picture.savefig(bench.with_suffix(".png"), metadata={"Software": None})
    for page in PAGES:
        fill_page(page, KIND, lambda name: results_table(name, RESULTS))
        fill_page(page, "costs", lambda name: costs_table(RESULTS / f"{name}.json"))


def experiments(folder: Path) -> dict[Path, dict[str, Any]]:
    """Read the experiments' results; the benchmarks' rows lie beside them and are none."""
    found = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return {path: results for path, results in found.items() if "experiment" in results}


def results_table(name: str, folder: Path) -> str:
    """Give an experiment's table, or the benchmarks'; what has no results yet is said to have none."""
    path = folder / f"{name}.json"
    if not path.exists():
        return "No results yet.\n"
    found = json.loads(path.read_text(encoding="utf-8"))
    return render(found) if "experiment" in found else bench_table(found)


def costs_table(path: Path) -> str:
    """Give what a hundred million paragraphs cost, by the benchmarks' rows."""
    return cluster_costs(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else "No results yet.\n"


def render(found: Mapping[str, Any]) -> str:
    """Write an experiment's rows and comparisons as Markdown."""
    tasks, split = tasks_of(found), found["split"]
    ranked = [task for task in tasks if f"{split}/{task}/average_precision" in found["rows"][0]["metrics"]]
    head = ["model", *(f"{task} macro-F1" for task in tasks), *(f"{task} avg. precision" for task in ranked)]
    head += [f"{task} calibration error" for task in tasks]
    lines = [_row([*head, "training, s", "paragraphs/s"]), _row(["---"] * (len(head) + 2))]
    for row in found["rows"]:
        metrics = row["metrics"]
        scores = [_score(metrics.get(f"{split}/{task}/macro_f1")) for task in tasks]
        precisions = [_mean(metrics.get(f"{split}/{task}/average_precision")) for task in ranked]
        errors = [_mean(metrics.get(f"{split}/{task}/expected_calibration_error")) for task in tasks]
        costs = [f"{metrics[f'cost/{cost}']['mean']:,.1f}" for cost in ("train_seconds", "paragraphs_per_second")]
        lines.append(_row([row_name(row, found), *scores, *precisions, *errors, *costs]))
    for score in found["published"]:
        cells = [f"{score['macro_f1']:.3f}" if score["task"] == task else "" for task in tasks]
        where = f" on {score['corpus']}" if len({row["corpus"] for row in found["rows"]}) > 1 else ""
        name = f"{score['model']}{where} (published; {score['source']})"
        lines.append(_row([name, *cells, *[""] * (len(head) + 1 - len(cells))]))
    lines.append("")
    for pair in found["comparisons"]:
        task = pair["metric"].split("/")[1]
        interval = f"{pair['difference']:+.3f} [{pair['low']:+.3f}, {pair['high']:+.3f}], p = {pair['p']:.3f}"
        where = f" on {pair['corpus']}" if len({row["corpus"] for row in found["rows"]}) > 1 else ""
        lines.append(f"- {task}{where}: {pair['a']} minus {pair['b']} {interval}")
    seeds = ", ".join(map(str, found["rows"][0]["seeds"]))
    # Several commits where runs were finished before; with changes where the working copy had some.
    commit = re.sub(r"\b([0-9a-f]{9})[0-9a-f]+", r"\1", found["commit"])
    lines += [
        "",
        f"`{found['command']}`; {found['date']}, commit {commit}, seeds {seeds}; {found['machine']}.",
        "",
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _mean(metric: Mapping[str, Any] | None) -> str:
    return f"{metric['mean']:.3f}" if metric else ""


def _score(metric: Mapping[str, Any] | None) -> str:
    if metric is None:  # the row's corpus isn't labelled for this task
        return ""
    spread = f" ± {metric['sd']:.3f}" if metric["sd"] is not None else ""
    return f"{metric['mean']:.3f}{spread} [{metric['low']:.3f}, {metric['high']:.3f}]"


if __name__ == "__main__":
    main()
