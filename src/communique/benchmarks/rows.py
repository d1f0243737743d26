"""A benchmark's rows, and the file that keeps them.

experiments/results/bench.json: {"rows": [{"what", "ours", "peer", "unit", "ratio", "goal", "peer_name",
"macro_f1_ours", "macro_f1_peer", "reached", "values", …, "benchmark", "date", "commit", "machine", "command"}],
"seconds": {…}}; `seconds` tells how long each benchmark took, for who runs it again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from communique.benchmarks.turns import Pairs
from communique.checkout import checkout
from communique.config import Benchmark
from communique.experiments import machine, write_results
from communique.launching import command
from communique.machine import processor_name

LIMIT = "the limit"
Found = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One comparison. The goal is reached when the ratio is at least `goal` and `conditions` are all true.

    `f1_ours` and `f1_peer` are macro-F1 by task, empty where they make no sense.
    """

    what: str
    peer_name: str
    pairs: Pairs
    goal: float
    f1_ours: Mapping[str, float] = field(default_factory=dict)
    f1_peer: Mapping[str, float] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Whether all that the goal asks for holds."""
        return self.pairs.ratio >= self.goal and all(self.conditions.values())

    def to_dict(self, task: str) -> dict[str, Any]:
        """Give plain values; `task` is the one whose macro-F1 has no prefix."""
        pairs = self.pairs
        scores = {
            f"{name}_macro_f1_{side}": score
            for side, by_task in (("ours", self.f1_ours), ("peer", self.f1_peer))
            for name, score in by_task.items()
            if name != task
        }
        return {
            "what": self.what,
            "ours": median(pairs.ours),
            "peer": median(pairs.peer),
            "unit": pairs.unit,
            "ratio": pairs.ratio,
            "goal": self.goal,
            "peer_name": self.peer_name,
            "macro_f1_ours": self.f1_ours.get(task),
            "macro_f1_peer": self.f1_peer.get(task),
            "reached": self.reached,
            **scores,
            **({"conditions": dict(self.conditions)} if self.conditions else {}),
            **self.extra,
            "values": {"ours": pairs.ours, "peer": pairs.peer, "ratio": pairs.ratios},
        }


def read_found(path: Path) -> Found:
    """Read what earlier runs have found; nothing where there was none."""
    if not path.exists():
        return {"rows": [], "seconds": {}}
    found: Found = json.loads(path.read_text(encoding="utf-8"))
    return found


def keep(path: Path, benchmark: Benchmark, rows: Sequence[Row], seconds: float, task: str) -> Found:
    """Put a benchmark's rows in the place of its earlier ones, and write the file, so that a stop loses nothing."""
    where = stamp(benchmark)
    found = merged(read_found(path), benchmark, [{**row.to_dict(task), **where} for row in rows], seconds)
    write_results(found, path)
    return found


def merged(found: Found, benchmark: Benchmark, rows: Sequence[dict[str, Any]], seconds: float) -> Found:
    """Replace a benchmark's rows; the others' stay. The order is that of `Benchmark`."""
    others = [row for row in found["rows"] if row["benchmark"] != benchmark.value]
    order = [member.value for member in Benchmark]
    together = sorted([*others, *rows], key=lambda row: order.index(row["benchmark"]))
    return {"rows": together, "seconds": {**found["seconds"], benchmark.value: seconds}}


def stamp(benchmark: Benchmark) -> dict[str, str]:
    """Say which benchmark a row is of, and when, on which code and machine and by which command it was measured."""
    return {
        "benchmark": benchmark.value,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": str(checkout() or "unknown"),
        "machine": f"{machine()}, {processor_name()}",
        "command": command(),
    }
