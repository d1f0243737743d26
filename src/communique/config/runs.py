"""What the scripts are asked: conf/train.yaml and its kin, and what is evaluated and tracked."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from communique.config.corpora import CorpusConfig
from communique.config.models import CalibrationConfig, ModelConfig, Runtime
from communique.config.ranges import within


class Promotion(Enum):
    """When a training run's model becomes the champion."""

    better = "better"
    always = "always"
    never = "never"


class SkipFinished(Enum):
    """Which finished runs spare a sweep its job of the same configuration."""

    same_code = "same_code"
    any_code = "any_code"
    never = "never"


class Engine(Enum):
    """What the labelling runs on: this machine, or Spark, which may be a cluster."""

    local = "local"
    spark = "spark"


class Split(Enum):
    """A part of a corpus."""

    train = "train"
    validation = "validation"
    test = "test"


@dataclass
class EvaluationConfig:
    """How a report is computed."""

    resamples: int
    confidence: float
    calibration_bins: int
    seed: int

    def __post_init__(self) -> None:
        within("evaluation.resamples", self.resamples, 1, 1_000_000)
        within("evaluation.confidence", self.confidence, 0.5, 0.999)
        within("evaluation.calibration_bins", self.calibration_bins, 2, 100)


@dataclass
class TrackingConfig:
    """Where runs and models go in MLflow, and what is taken from there.

    `reuse` takes the model of a finished run with an equal fit, `skip_finished` a sweep's whole runs.
    """

    experiment: str
    registered_model: str
    champion: Promotion
    reuse: bool
    skip_finished: SkipFinished


@dataclass
class PublishedScore:
    """What others have reached on a corpus, to stand beside our rows in the ledger."""

    model: str
    corpus: str
    task: str
    macro_f1: float
    source: str


@dataclass
class ExperimentConfig:
    """The question that a sweep answers; without a name it answers none. `results` is the folder of NAME.json."""

    name: str | None
    question: str | None
    results: str
    published: list[PublishedScore]


@dataclass
class TrainConfig:
    """conf/train.yaml. `transfer` are corpora that the trained model is measured on besides its own test split."""

    seed: int
    corpus: dict[str, CorpusConfig]
    transfer: dict[str, CorpusConfig]
    transfer_split: Split
    model: ModelConfig
    calibration: CalibrationConfig
    evaluation: EvaluationConfig
    tracking: TrackingConfig
    experiment: ExperimentConfig

    def __post_init__(self) -> None:
        within("seed", self.seed, 0, 2**32 - 1)


@dataclass
class EvaluateConfig:
    """conf/evaluate.yaml."""

    model_uri: str
    runtime: Runtime
    corpus: dict[str, CorpusConfig]
    split: Split
    evaluation: EvaluationConfig
    tracking: TrackingConfig


@dataclass
class DescribeConfig:
    """conf/describe.yaml. `beside` are corpora that its figures are compared with."""

    corpus: dict[str, CorpusConfig]
    beside: dict[str, CorpusConfig]
    evaluation: EvaluationConfig
    distinct_tokens: int
    shuffles: int
    seed: int

    def __post_init__(self) -> None:
        within("distinct_tokens", self.distinct_tokens, 100, 10**9)
        within("shuffles", self.shuffles, 1, 10_000)


@dataclass
class SparkConfig:
    """What engine=spark asks Spark for. `master` and `settings` are for the session that it starts itself."""

    master: str
    partitions: int | None
    settings: dict[str, str]

    def __post_init__(self) -> None:
        if self.partitions is not None:
            within("spark.partitions", self.partitions, 1, 10_000_000)


@dataclass
class PredictConfig:
    """conf/predict.yaml. `rows` are the paragraphs of a part of the work."""

    input: str
    output: str
    engine: Engine
    model_uri: str
    runtime: Runtime
    probabilities: bool
    rows: int
    rows_shown: int
    spark: SparkConfig
    tracking: TrackingConfig

    def __post_init__(self) -> None:
        within("rows", self.rows, 1, 1_000_000)
        within("rows_shown", self.rows_shown, 0, 10_000)


def plain(config: TrainConfig | EvaluateConfig | PredictConfig) -> dict[str, Any]:
    """Give the configuration as nested dicts of plain values, as it is logged and hashed."""
    return asdict(config, dict_factory=lambda pairs: {k: v.value if isinstance(v, Enum) else v for k, v in pairs})
