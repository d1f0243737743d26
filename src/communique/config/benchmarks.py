"""What `make bench` measures, how long, and what is aimed at: conf/bench.yaml."""

from dataclasses import dataclass
from enum import Enum

from communique.config.corpora import CorpusConfig
from communique.config.models import CalibrationConfig, TfidfConfig, TransformerConfig
from communique.config.ranges import within
from communique.config.runs import EvaluationConfig, TrackingConfig

MOST = 100_000_000
"""More rows than anybody measures with."""


class Benchmark(Enum):
    """What can be measured; bench.json has its rows in this order."""

    labelling = "labelling"
    student = "student"
    fine_tuning = "fine_tuning"
    tasks = "tasks"
    ngrams = "ngrams"
    memory = "memory"
    start = "start"


@dataclass
class LabellingConfig:
    """The transformer and the student against a pipeline. `goal…` are ratios, `f1_lost…` and `equal_labels` shares."""

    paragraphs: int
    one_by_one: int
    warm_up: int
    batch_size: int
    peak_seconds: float
    goal: float
    goal_one_by_one: float
    goal_peak: float
    goal_student: float
    f1_lost: float
    f1_lost_student: float
    equal_labels: float

    def __post_init__(self) -> None:
        for key in ("paragraphs", "one_by_one", "warm_up", "batch_size"):
            within(f"labelling.{key}", getattr(self, key), 1, MOST)
        within("labelling.peak_seconds", self.peak_seconds, 0.001, 3600)
        for key in ("f1_lost", "f1_lost_student", "equal_labels"):
            within(f"labelling.{key}", getattr(self, key), 0, 1)


@dataclass
class FineTuningConfig:
    """Training paragraphs and epochs, and the seeds over which ours is held against the peer's."""

    paragraphs: int
    sample_seed: int
    epochs: int
    seeds: list[int]
    tasks_seeds: list[int]
    goal: float
    goal_tasks: float

    def __post_init__(self) -> None:
        within("fine_tuning.paragraphs", self.paragraphs, 2, MOST)
        within("fine_tuning.epochs", self.epochs, 1, 1000)
        within("the number of fine_tuning.seeds", len(self.seeds), 2, 1000)
        within("the number of fine_tuning.tasks_seeds", len(self.tasks_seeds), 1, 1000)


@dataclass
class NgramsConfig:
    """How many paragraphs TF-IDF labels in a turn."""

    paragraphs: int
    goal: float

    def __post_init__(self) -> None:
        within("ngrams.paragraphs", self.paragraphs, 1, MOST)


@dataclass
class MemoryConfig:
    """A small and a large number of rows a model; what both come to for `extrapolated_to` rows. Gigabytes are 10^9."""

    student: list[int]
    transformer: list[int]
    extrapolated_to: int
    poll_seconds: float
    limit_gigabytes: float
    goal_flat: float
    goal_linear: float

    def __post_init__(self) -> None:
        for key in ("student", "transformer"):
            sizes = getattr(self, key)
            within(f"the number of memory.{key}", len(sizes), 2, 2)
            within(f"the first of memory.{key}", sizes[0], 1, sizes[1] - 1)
        within("memory.extrapolated_to", self.extrapolated_to, 1, 10**12)
        within("memory.poll_seconds", self.poll_seconds, 0.001, 10)


@dataclass
class StartConfig:
    """Seconds from a command to its end."""

    limit_predict: float
    limit_help: float
    limit_error: float


@dataclass
class BenchConfig:
    """conf/bench.yaml. `repeats` is how often ours and the peer take turns; `task` whose macro-F1 a row tells first.

    `student` is the kind of the small, fast model in the store.
    """

    benchmarks: list[Benchmark]
    repeats: int
    seed: int
    task: str
    results: str
    student: str
    corpus: dict[str, CorpusConfig]
    transformer: TransformerConfig
    tfidf: TfidfConfig
    calibration: CalibrationConfig
    evaluation: EvaluationConfig
    tracking: TrackingConfig
    labelling: LabellingConfig
    fine_tuning: FineTuningConfig
    ngrams: NgramsConfig
    memory: MemoryConfig
    start: StartConfig

    def __post_init__(self) -> None:
        within("repeats", self.repeats, 1, 1000)
        within("seed", self.seed, 0, 2**32 - 1)
        within("the number of benchmarks", len(self.benchmarks), 1, len(Benchmark))
