"""What the machine offers this process."""

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def processors(quota: Path = QUOTA) -> int:
    """Count the processors this process may use: those it is bound to, and no more than its container's share.

    `quota` is a control group's limit: two numbers, the microseconds of computing allowed in each period of so many, or
    `max` for the first where there is no limit.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return bound
    return bound if allowed == "max" else max(1, min(bound, math.ceil(int(allowed) / int(period))))
