"""Measure ours against peers, side by side, and keep the rows in experiments/results/bench.json."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from communique.benchmarks.fine_tuning import fine_tuning, tasks
from communique.benchmarks.labelling import labelling, student
from communique.benchmarks.memory import memory
from communique.benchmarks.ngrams import ngrams
from communique.benchmarks.rendering import terminal_table
from communique.benchmarks.rows import Found, Row, keep, read_found
from communique.benchmarks.setting import Setting
from communique.benchmarks.start import start
from communique.config import ROOT, BenchConfig, Benchmark
from communique.corpora import load_corpus
from communique.errors import InputError
from communique.models import settled
from communique.printing import console
from communique.workspace import PROBE

FILE = "bench.json"


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a benchmark does, in words and as code, and whether it needs models of the store."""

    what: str
    rows: Callable[[Setting], list[Row]]
    transformer: bool = False
    student: bool = False


MEASURES = {
    Benchmark.labelling: _Measure("the transformer against a pipeline and the matrix peak", labelling, True),
    Benchmark.student: _Measure("the student against a pipeline on the transformer", student, True, True),
    Benchmark.fine_tuning: _Measure("training against Trainer with its defaults", fine_tuning),
    Benchmark.tasks: _Measure("all tasks in one model against a model each", tasks),
    Benchmark.ngrams: _Measure("TF-IDF against scikit-learn's defaults", ngrams),
    Benchmark.memory: _Measure("memory and time of predict.py on long tables", memory, True, True),
    Benchmark.start: _Measure("cold start, --help, a configuration error", start, True),
}


def bench(config: BenchConfig) -> None:
    """Run the chosen benchmarks; after each its rows are in the file, so that a stop loses no finished one."""
    corpus = load_corpus(config.corpus)
    if config.task not in corpus.codebook.tasks:
        raise InputError(f"`task` must be one of {', '.join(corpus.codebook.tasks)}, but it is {config.task!r}")
    config = replace(config, transformer=settled(config.transformer, PROBE))
    setting = Setting(config, corpus, _models(config, corpus.digest))
    path = ROOT / config.results / FILE
    console.rule(f"Benchmarks on {corpus}")
    console.print(_plan(config.benchmarks, read_found(path)), soft_wrap=True)
    for benchmark in config.benchmarks:
        console.rule(f"{benchmark.value}: {MEASURES[benchmark].what}")
        started = time.perf_counter()
        rows = MEASURES[benchmark].rows(setting)
        found = keep(path, benchmark, rows, time.perf_counter() - started, config.task)
        console.print(terminal_table([row for row in found["rows"] if row["benchmark"] == benchmark.value]))
    console.print(f"The rows are in {path}; `make ledger` puts them into the ledger.", soft_wrap=True)


def _models(config: BenchConfig, digest: str) -> dict[str, str]:
    """Find the models that are needed in the store: an InputError now and not after hours."""
    chosen = [MEASURES[benchmark] for benchmark in config.benchmarks]
    kinds = [config.transformer.kind] if any(measure.transformer for measure in chosen) else []
    kinds += [config.student] if any(measure.student for measure in chosen) else []
    if not kinds:
        return {}
    from communique.tracking import last_models

    return last_models(kinds, digest, config.tracking)


def _plan(benchmarks: Sequence[Benchmark], found: Found) -> str:
    """Say what will be done and how long each took the last time."""
    took = found["seconds"]
    lines = []
    for benchmark in benchmarks:
        last = f"{took[benchmark.value] / 60:.1f} minutes the last time" if benchmark.value in took else "not yet timed"
        lines.append(f"  {benchmark.value}: {MEASURES[benchmark].what}; {last}")
    known = sum(took[benchmark.value] for benchmark in benchmarks if benchmark.value in took)
    total = f"About {known / 60:.0f} minutes, by the last times. " if known else ""
    return "\n".join([*lines, f"{total}Leave the machine idle: timings are of all that runs on it."])
