"""The shape of conf/: a dataclass per section.

The YAML files hold every value, these classes hold none. What they add are the types and the ranges.
"""

from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from communique.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
"""The project's root: relative paths in conf/ start here, so that a script runs from any folder."""
SWEEP_VARIABLE = "COMMUNIQUE_SWEEP"
"""Environment variable with the file in which a sweep's jobs leave and find their parent run's id."""


class Pooling(Enum):
    """How the encoder's token vectors become one vector a paragraph."""

    mean = "mean"
    first = "first"


class Precision(Enum):
    """The number format of training: bf16 autocast, plain fp32, or bf16 where the hardware multiplies in it."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


class Attention(Enum):
    """The encoder's attention implementation."""

    eager = "eager"
    sdpa = "sdpa"


class Promotion(Enum):
    """When a training run's model becomes the champion."""

    better = "better"
    always = "always"
    never = "never"


class Split(Enum):
    """A part of a corpus."""

    train = "train"
    validation = "validation"
    test = "test"


class Variant(Enum):
    """NewsMTSC's test sets: sentences as they come (rw), or with several targets (mt)."""

    rw = "rw"
    mt = "mt"


@dataclass
class ModelConfig:
    """What every model has: the kind that `models.build` matches."""

    kind: str


@dataclass
class MajorityConfig(ModelConfig):
    """The floor: the most frequent answer, whatever the text."""


@dataclass
class TfidfConfig(ModelConfig):
    """Word and character n-grams, one linear model a label."""

    word_ngram_max: int
    character_ngram_min: int
    character_ngram_max: int
    min_document_frequency: int
    inverse_regularisation: float

    def __post_init__(self) -> None:
        _within("model.word_ngram_max", self.word_ngram_max, 1, 5)
        _within("model.character_ngram_min", self.character_ngram_min, 1, 10)
        _within("model.character_ngram_max", self.character_ngram_max, self.character_ngram_min, 10)
        _within("model.min_document_frequency", self.min_document_frequency, 1, 1000)
        _within("model.inverse_regularisation", self.inverse_regularisation, 1e-6, 1e6)


@dataclass
class TransformerConfig(ModelConfig):
    """One encoder with a head per task."""

    checkpoint: str
    freeze_embeddings: bool
    pooling: Pooling
    dropout: float
    encoder_dropout: float
    max_tokens: int
    epochs: int
    batch_size: int
    learning_rate: float
    head_learning_rate: float
    weight_decay: float
    warmup_share: float
    precision: Precision
    attention: Attention

    def __post_init__(self) -> None:
        _within("model.dropout", self.dropout, 0, 0.9)
        _within("model.encoder_dropout", self.encoder_dropout, 0, 0.9)
        _within("model.max_tokens", self.max_tokens, 8, 8192)
        _within("model.epochs", self.epochs, 1, 1000)
        _within("model.batch_size", self.batch_size, 1, 4096)
        _within("model.learning_rate", self.learning_rate, 1e-8, 1)
        _within("model.head_learning_rate", self.head_learning_rate, 1e-8, 1)
        _within("model.weight_decay", self.weight_decay, 0, 10)
        _within("model.warmup_share", self.warmup_share, 0, 0.99)


@dataclass
class CorpusConfig:
    """What every corpus has: the kind that `corpora.load_corpus` matches, and the codebook's file."""

    kind: str
    codebook: str


@dataclass
class SeedsConfig(CorpusConfig):
    """The ground truth made for this project, split by article.

    `pairs` adds a record for each source and target that a paragraph names. `train_batches` are the files of articles/
    whose paragraphs are trained on; none named: all. Shares and seed are for articles that are new to splits.jsonl.
    """

    path: str
    pairs: bool
    train_batches: list[str]
    validation_share: float
    test_share: float
    split_seed: int
    near_duplicate_jaccard: float

    def __post_init__(self) -> None:
        _within("corpus.seeds.validation_share", self.validation_share, 0.01, 0.5)
        _within("corpus.seeds.test_share", self.test_share, 0.01, 0.5)
        _within("corpus.seeds.validation_share + test_share", self.validation_share + self.test_share, 0.02, 0.9)
        _within("corpus.seeds.near_duplicate_jaccard", self.near_duplicate_jaccard, 0.01, 1)


@dataclass
class FetchedFile:
    """A file of a public corpus: where it lies under the corpus's address and folder, and its sha256."""

    path: str
    sha256: str


@dataclass
class FetchedConfig(CorpusConfig):
    """A public corpus: its address, its folder in the cache, its files."""

    url: str
    folder: str
    files: dict[str, FetchedFile]


@dataclass
class PlvConfig(FetchedConfig):
    """PLV. `pairs` gives source and target to the model; `left_out_test_rows` are rows, counted from 1."""

    pairs: bool
    left_out_test_rows: list[int]
    validation_share: float
    split_seed: int

    def __post_init__(self) -> None:
        _within("corpus.plv.validation_share", self.validation_share, 0.01, 0.5)


@dataclass
class NewsmtscConfig(FetchedConfig):
    """NewsMTSC in one of its variants."""

    variant: Variant


@dataclass
class CalibrationConfig:
    """How probabilities and thresholds are fitted on the validation split."""

    threshold_prior_rows: float

    def __post_init__(self) -> None:
        _within("calibration.threshold_prior_rows", self.threshold_prior_rows, 0, 1e9)


@dataclass
class EvaluationConfig:
    """How a report is computed."""

    resamples: int
    confidence: float
    calibration_bins: int
    seed: int

    def __post_init__(self) -> None:
        _within("evaluation.resamples", self.resamples, 1, 1_000_000)
        _within("evaluation.confidence", self.confidence, 0.5, 0.999)
        _within("evaluation.calibration_bins", self.calibration_bins, 2, 100)


@dataclass
class TrackingConfig:
    """Where runs and models go in MLflow. `reuse` takes the model of a finished run with an equal fit."""

    experiment: str
    registered_model: str
    champion: Promotion
    reuse: bool


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
        _within("seed", self.seed, 0, 2**32 - 1)


@dataclass
class EvaluateConfig:
    """conf/evaluate.yaml."""

    model_uri: str
    corpus: dict[str, CorpusConfig]
    split: Split
    evaluation: EvaluationConfig
    tracking: TrackingConfig


@dataclass
class DescribeConfig:
    """conf/describe.yaml. `beside` is a corpus whose training texts the corpus's are compared with."""

    corpus: dict[str, CorpusConfig]
    beside: dict[str, CorpusConfig]
    evaluation: EvaluationConfig
    distinct_tokens: int
    distinct_seed: int

    def __post_init__(self) -> None:
        _within("distinct_tokens", self.distinct_tokens, 100, 10**9)


@dataclass
class PredictConfig:
    """conf/predict.yaml."""

    input: str
    output: str
    model_uri: str
    probabilities: bool
    rows_shown: int
    tracking: TrackingConfig

    def __post_init__(self) -> None:
        _within("rows_shown", self.rows_shown, 0, 10_000)


def plain(config: TrainConfig | EvaluateConfig | PredictConfig) -> dict[str, Any]:
    """Give the configuration as nested dicts of plain values, as it is logged and hashed."""
    return asdict(config, dict_factory=lambda pairs: {k: v.value if isinstance(v, Enum) else v for k, v in pairs})


def _within(key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InputError(f"`{key}` must lie between {low:g} and {high:g}, but it is {value:g}")
