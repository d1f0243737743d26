"""Benchmark rows as tables: on the terminal and in the ledger."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from communique import pages

PARAGRAPHS = 100_000_000
DOLLARS = 0.05
"""A core's hour: about the list price of general-purpose machines in 2026, an assumption; spot prices are a third."""
HEAD = ["what", "ours", "peer", "ratio", "goal", "reached", "macro-F1: ours, peer", "equal labels"]


def terminal_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Show rows as they were measured."""
    table = Table(*HEAD, box=box.SIMPLE)
    for row in rows:
        table.add_row(*_cells(row))
    return table


def markdown(found: Mapping[str, Any]) -> str:
    """Write all rows as Markdown, and under them where they were measured."""
    table = pages.table(HEAD, [[*_cells(row)] for row in found["rows"]])
    places: dict[str, list[str]] = {}
    for row in found["rows"]:
        # Short commits read better; the file has them whole.
        commit = re.sub(r"\b([0-9a-f]{9})[0-9a-f]+", r"\1", row["commit"])
        names = places.setdefault(f"`{row['command']}`; {row['date']}, commit {commit}; {row['machine']}", [])
        if row["benchmark"] not in names:
            names.append(row["benchmark"])
    return table + "".join(f"\n{', '.join(names)}: {place}.\n" for place, names in places.items())


def costs(found: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Give for each model that was measured at labelling its paragraphs a second and its macro-F1."""
    return {
        name: (row[side], row[f"macro_f1_{side}"])
        for row in found["rows"]
        for side, name in row.get("points", {}).items()
        if row[f"macro_f1_{side}"] is not None
    }


def cluster_costs(found: Mapping[str, Any]) -> str:
    """Reckon from each model's measured speed what a hundred million paragraphs take, as Markdown."""
    head = ["model", "paragraphs a second, measured", "core hours", "hours on 100 cores", f"at ${DOLLARS} a core hour"]
    rows: list[list[object]] = []
    for row in found["rows"]:
        if name := row.get("points", {}).get("ours"):
            cores = int(re.findall(r"(\d+) cores", row["machine"])[0])
            hours = PARAGRAPHS / row["ours"] * cores / 3600
            speed = f"{_figure(row['ours'])} on {cores} cores"
            rows.append([name, speed, _figure(hours), f"{hours / 100:.1f}", f"${_figure(hours * DOLLARS)}"])
    return pages.table(head, rows)


def _cells(row: Mapping[str, Any]) -> list[str]:
    unit = row["unit"]
    reached = "yes" if row["reached"] else "no"
    failed = [name for name, held in row.get("conditions", {}).items() if not held]
    return [
        row["what"],
        f"{_figure(row['ours'])} {unit}",
        f"{_figure(row['peer'])} {unit} ({row['peer_name']})",
        f"{row['ratio']:,.2f}",
        f"{row['goal']:g}",
        f"{reached}: {', '.join(failed)}" if failed else reached,
        ", ".join(_score(row, side) for side in ("ours", "peer")) if row["macro_f1_ours"] is not None else "",
        f"{row['equal_labels']:.4f}" if "equal_labels" in row else "",
    ]


def _score(row: Mapping[str, Any], side: str) -> str:
    spread = row.get(f"macro_f1_sd_{side}")
    return f"{row[f'macro_f1_{side}']:.3f}" + (f" ± {spread:.3f}" if spread is not None else "")


def _figure(value: float) -> str:
    """Give three significant digits, and whole numbers from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004
