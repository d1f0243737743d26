"""predict.py on long tables: is its memory flat and its time linear?"""

from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from communique.benchmarks.rows import LIMIT, Row
from communique.benchmarks.setting import Setting
from communique.benchmarks.subprocesses import Watched, script, watched
from communique.benchmarks.turns import Pairs, against_limit
from communique.config import MemoryConfig
from communique.printing import console

GROUP = 10_000
"""Rows of a Parquet file that are made and written at a time."""
GIGA = 10**9


def memory(setting: Setting) -> list[Row]:
    """Label a small and a large Parquet file with either model, watching the process."""
    config = setting.config.memory
    sizes_by_kind = {setting.config.student: config.student, setting.config.transformer.kind: config.transformer}
    rows = []
    for kind, sizes in sizes_by_kind.items():
        with TemporaryDirectory(prefix="communique-") as folder:
            rows += memory_rows(kind, sizes, [_label(setting, kind, size, Path(folder)) for size in sizes], config)
    return rows


def memory_rows(kind: str, sizes: Sequence[int], runs: Sequence[Watched], config: MemoryConfig) -> list[Row]:
    """Compare the large run with the limit and with the small one."""
    (small, large), (few, many), goal = runs, sizes, config.extrapolated_to
    seconds = expected_seconds(sizes, runs, goal)
    subject = f"{goal:,} paragraphs from Parquet to Parquet, {kind}"
    subject += f", extrapolated from {many:,}" if many != goal else ""
    peaks = [run.peak_bytes / GIGA for run in (large, small)]
    times = [1000 * run.seconds / size for run, size in ((large, many), (small, few))]
    limit = against_limit(peaks[:1], config.limit_gigabytes, "GB")
    flat = Pairs(peaks[:1], peaks[1:], "GB", more_is_better=False)
    linear = Pairs(times[:1], times[1:], "ms a paragraph", more_is_better=False)
    measured = {"seconds": {str(size): run.seconds for size, run in zip(sizes, runs, strict=True)}}
    return [
        Row(f"{subject}: peak memory", LIMIT, limit, 1.0),
        Row(f"{subject}: memory flat", f"with {few:,}", flat, config.goal_flat),
        Row(
            f"{subject}: time linear, {seconds / 60:,.1f} minutes",
            f"with {few:,}",
            linear,
            config.goal_linear,
            extra={**measured, "expected_seconds": seconds},
        ),
    ]


def expected_seconds(sizes: Sequence[int], runs: Sequence[Watched], rows: int) -> float:
    """Draw the line through the two runs on to so many rows: the start counts once, each further row its share."""
    (small, large), (few, many) = runs, sizes
    return large.seconds + (rows - many) * (large.seconds - small.seconds) / (many - few)


def _label(setting: Setting, kind: str, size: int, folder: Path) -> Watched:
    source, output = folder / f"{size}.parquet", folder / f"{size}.labelled.parquet"
    write_table(source, [p.text for p in setting.paragraphs(None)], size)
    files = [f"input={source}", f"output={output}", f"model_uri={setting.uris[kind]}", "rows_shown=0"]
    run = watched(script("predict", *files), setting.config.memory.poll_seconds)
    console.print(f"  {kind}, {size:,} paragraphs: {run.seconds:,.1f} s, {run.peak_bytes / GIGA:.2f} GB")
    source.unlink()
    output.unlink()
    return run


def write_table(path: Path, texts: Sequence[str], rows: int) -> None:
    """Write so many rows of `id` and `text`, the texts over and over; what memory it needs is a group's."""
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for group in _groups(texts, rows):
            writer.write_table(pa.table(group, schema=schema))


def _groups(texts: Sequence[str], rows: int) -> Iterator[dict[str, list[object]]]:
    endless = cycle(texts)
    for start in range(0, rows, GROUP):
        count = min(GROUP, rows - start)
        yield {"id": list(range(start, start + count)), "text": list(islice(endless, count))}
