"""What the machine offers this process."""

import math
import os
import platform
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
THREADS = "OMP_NUM_THREADS"
"""Environment variable by which whoever starts several processes on one machine, as Spark, says each one's share."""


def processors(quota: Path = QUOTA) -> int:
    """Count the processors this process may use: those it is bound to, and no more than it was given a share of.

    `quota` is a control group's limit: two numbers, the microseconds of computing allowed in each period of so many, or
    `max` for the first where there is no limit.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, _told(bound), _allowed(quota, bound)))


def _told(otherwise: int) -> int:
    told = os.environ.get(THREADS, "").split(",")[0]  # further numbers are for threads that start threads
    return int(told) if told.isdecimal() and int(told) else otherwise


def _allowed(quota: Path, otherwise: int) -> int:
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return otherwise
    return otherwise if allowed == "max" else math.ceil(int(allowed) / int(period))


def processor_name(described: Path = Path("/proc/cpuinfo")) -> str:
    """Name the processor's make, for what was measured to be read with; `described` is Linux's account of it."""
    try:
        lines = described.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
