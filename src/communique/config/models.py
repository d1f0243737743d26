"""What a model is made of: conf/model/ and conf/calibration/."""

from dataclasses import dataclass
from enum import Enum

from communique.config.ranges import within


class Pooling(Enum):
    """How the encoder's token vectors become one vector a paragraph."""

    mean = "mean"
    first = "first"


class Precision(Enum):
    """The number format of training: bf16 autocast, plain fp32, or whichever a short probe finds faster."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


class Runtime(Enum):
    """What runs a fitted model: torch in fp32 as in training's reports, torch in bf16, ONNX Runtime in int8.

    `auto` takes what is fast on the machine and nearly as exact. Models that have one form only have nothing to choose.
    """

    auto = "auto"
    torch = "torch"
    bf16 = "bf16"
    onnx = "onnx"


class Attention(Enum):
    """The encoder's attention implementation in training, or whichever a short probe finds faster."""

    auto = "auto"
    eager = "eager"
    sdpa = "sdpa"


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
        within("model.word_ngram_max", self.word_ngram_max, 1, 5)
        within("model.character_ngram_min", self.character_ngram_min, 1, 10)
        within("model.character_ngram_max", self.character_ngram_max, self.character_ngram_min, 10)
        within("model.min_document_frequency", self.min_document_frequency, 1, 1000)
        within("model.inverse_regularisation", self.inverse_regularisation, 1e-6, 1e6)


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
        within("model.dropout", self.dropout, 0, 0.9)
        within("model.encoder_dropout", self.encoder_dropout, 0, 0.9)
        within("model.max_tokens", self.max_tokens, 8, 8192)
        within("model.epochs", self.epochs, 1, 1000)
        within("model.batch_size", self.batch_size, 1, 4096)
        within("model.learning_rate", self.learning_rate, 1e-8, 1)
        within("model.head_learning_rate", self.head_learning_rate, 1e-8, 1)
        within("model.weight_decay", self.weight_decay, 0, 10)
        within("model.warmup_share", self.warmup_share, 0, 0.99)


@dataclass
class StudentConfig(ModelConfig):
    """Token embeddings and patterns of tokens, taught by a transformer, trained before it where it is not there yet.

    `teacher_uri` names a transformer of the store that teaches instead of one made by `teacher`.
    `unlabelled` are files or folders of the user's own paragraphs; conf/model/student.yaml says what the rest is.
    """

    teacher: TransformerConfig
    teacher_uri: str | None
    unlabelled: list[str]
    variations: int
    pair_variations: int
    replaced: float
    gold_share: float
    dimensions: int
    patterns: int
    widths: list[int]
    hidden: int
    dropout: float
    epochs: int
    batch_size: int
    learning_rate: float

    def __post_init__(self) -> None:
        within("model.variations", self.variations, 0, 10_000_000)
        within("model.pair_variations", self.pair_variations, 0, 10_000_000)
        within("model.replaced", self.replaced, 0, 1)
        within("model.gold_share", self.gold_share, 0, 1)
        within("model.dimensions", self.dimensions, 1, 4096)
        within("model.patterns", self.patterns, 1, 4096)
        within("the number of model.widths", len(self.widths), 1, 10)
        for width in self.widths:
            within("model.widths", width, 1, 9)
        within("model.hidden", self.hidden, 1, 4096)
        within("model.dropout", self.dropout, 0, 0.9)
        within("model.epochs", self.epochs, 1, 1000)
        within("model.batch_size", self.batch_size, 1, 65536)
        within("model.learning_rate", self.learning_rate, 1e-8, 1)


@dataclass
class CalibrationConfig:
    """How probabilities and thresholds are fitted on the validation split."""

    threshold_prior_rows: float

    def __post_init__(self) -> None:
        within("calibration.threshold_prior_rows", self.threshold_prior_rows, 0, 1e9)
