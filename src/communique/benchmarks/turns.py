"""Ours and a peer, in turn: what else the machine does then meets both, and the ratio of two neighbours holds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from communique.printing import console

A = TypeVar("A")
B = TypeVar("B")
SPEED = "paragraphs/s"


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was measured, turn by turn; more of it is better (a speed), or less is (a duration, a size)."""

    ours: list[float]
    peer: list[float]
    unit: str
    more_is_better: bool

    @property
    def ratios(self) -> list[float]:
        """How many times better ours is, in each turn."""
        pairs = list(zip(self.ours, self.peer, strict=True))
        return [ours / peer if self.more_is_better else peer / ours for ours, peer in pairs]

    @property
    def ratio(self) -> float:
        """The median of the turns' ratios: one disturbed turn doesn't count. It need not be the medians' ratio."""
        return median(self.ratios)


def durations(ours: Sequence[float], peer: Sequence[float]) -> Pairs:
    """Compare seconds."""
    return Pairs(list(ours), list(peer), "s", more_is_better=False)


def speeds(paragraphs: int, ours: Sequence[float], peer: Sequence[float]) -> Pairs:
    """Compare the paragraphs a second, given the seconds that so many took."""
    per_second = ([paragraphs / seconds for seconds in side] for side in (ours, peer))
    return Pairs(next(per_second), next(per_second), SPEED, more_is_better=True)


def against_limit(ours: Sequence[float], limit: float, unit: str) -> Pairs:
    """Hold durations or sizes against what they may be at most."""
    return Pairs(list(ours), [limit] * len(ours), unit, more_is_better=False)


def timed(work: Callable[[], A]) -> tuple[float, A]:
    """Give the seconds that something took, and its outcome."""
    started = time.perf_counter()
    outcome = work()
    return time.perf_counter() - started, outcome


def in_turn(ours: Callable[[int], A], peer: Callable[[int], B], turns: Sequence[int]) -> list[tuple[A, B]]:
    """Let ours and the peer do each turn, one after the other; they are told the turn's own number (or seed)."""
    done = []
    for count, turn in enumerate(turns, start=1):
        seconds, pair = timed(lambda turn=turn: (ours(turn), peer(turn)))  # type: ignore[misc]
        console.print(f"  turn {count} of {len(turns)}: {seconds:,.1f} s")
        done.append(pair)
    return done
