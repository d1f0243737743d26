"""The ledger: tables in README.md and experiments/README.md, and pictures, made from experiments/results/*.json.

    python -m communique.ledger          (make ledger)

A table stands between two comment lines that name its experiment; what is between them is replaced, never typed.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from communique.config import ROOT
from communique.experiments import tasks_of
from communique.writing import whole_file

PAGES = (ROOT / "README.md", ROOT / "experiments" / "README.md")
RESULTS = ROOT / "experiments" / "results"
_BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def main() -> None:
    """Draw each experiment's picture beside its results, and fill every page's blocks with its tables."""
    from communique.figures import model_scores

    for path in sorted(RESULTS.glob("*.json")):
        picture = model_scores(json.loads(path.read_text(encoding="utf-8")))
        picture.savefig(path.with_suffix(".png"), metadata={"Software": None})  # equal results, equal bytes
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        filled = fill(text, RESULTS)
        with whole_file(page) as temporary:
            temporary.write_text(filled, encoding="utf-8")


def fill(text: str, folder: Path) -> str:
    """Replace the blocks of a page; an experiment without results yet is said to have none."""

    def table(match: re.Match[str]) -> str:
        path = folder / f"{match[2]}.json"
        body = render(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else "No results yet.\n"
        return f"{match[1]}\n{body}\n{match[3]}"

    return _BLOCK.sub(table, text)


def render(found: Mapping[str, Any]) -> str:
    """Write an experiment's rows and comparisons as Markdown."""
    tasks = tasks_of(found)
    ranked = [task for task in tasks if f"test/{task}/average_precision" in found["rows"][0]["metrics"]]
    head = ["model", *(f"{task} macro-F1" for task in tasks), *(f"{task} avg. precision" for task in ranked)]
    head += [f"{task} calibration error" for task in tasks]
    lines = [_row([*head, "training, s", "paragraphs/s"]), _row(["---"] * (len(head) + 2))]
    for row in found["rows"]:
        metrics = row["metrics"]
        scores = [_score(metrics[f"test/{task}/macro_f1"]) for task in tasks]
        precisions = [f"{metrics[f'test/{task}/average_precision']['mean']:.3f}" for task in ranked]
        errors = [f"{metrics[f'test/{task}/expected_calibration_error']['mean']:.3f}" for task in tasks]
        costs = [f"{metrics[f'cost/{cost}']['mean']:,.1f}" for cost in ("train_seconds", "paragraphs_per_second")]
        lines.append(_row([row["model"], *scores, *precisions, *errors, *costs]))
    lines.append("")
    for pair in found["comparisons"]:
        task = pair["metric"].split("/")[1]
        interval = f"{pair['difference']:+.3f} [{pair['low']:+.3f}, {pair['high']:+.3f}], p = {pair['p']:.3f}"
        lines.append(f"- {task}: {pair['a']} minus {pair['b']} {interval}")
    seeds = ", ".join(map(str, found["rows"][0]["seeds"]))
    lines += [
        "",
        f"`{found['command']}`; {found['date']}, commit {found['commit'][:9]}, seeds {seeds}; {found['machine']}.",
        "",
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _score(metric: Mapping[str, Any]) -> str:
    spread = f" ± {metric['sd']:.3f}" if metric["sd"] is not None else ""
    return f"{metric['mean']:.3f}{spread} [{metric['low']:.3f}, {metric['high']:.3f}]"


if __name__ == "__main__":
    main()
