"""The shape of conf/: a dataclass per section.

The YAML files hold every value, these classes hold none. What they add are the types and the ranges.
"""

from pathlib import Path

from communique.config.benchmarks import (
    BenchConfig,
    Benchmark,
    FineTuningConfig,
    LabellingConfig,
    MemoryConfig,
    NgramsConfig,
    StartConfig,
)
from communique.config.corpora import (
    CorpusConfig,
    FetchedConfig,
    FetchedFile,
    NewsmtscConfig,
    PlvConfig,
    SeedsConfig,
    Variant,
)
from communique.config.models import (
    Attention,
    CalibrationConfig,
    MajorityConfig,
    ModelConfig,
    Pooling,
    Precision,
    Runtime,
    StudentConfig,
    TfidfConfig,
    TransformerConfig,
)
from communique.config.runs import (
    DescribeConfig,
    Engine,
    EvaluateConfig,
    EvaluationConfig,
    ExperimentConfig,
    PredictConfig,
    Promotion,
    PublishedScore,
    SkipFinished,
    SparkConfig,
    Split,
    TrackingConfig,
    TrainConfig,
    plain,
)

__all__ = [
    "ROOT",
    "SWEEP_VARIABLE",
    "Attention",
    "BenchConfig",
    "Benchmark",
    "CalibrationConfig",
    "CorpusConfig",
    "DescribeConfig",
    "Engine",
    "EvaluateConfig",
    "EvaluationConfig",
    "ExperimentConfig",
    "FetchedConfig",
    "FetchedFile",
    "FineTuningConfig",
    "LabellingConfig",
    "MajorityConfig",
    "MemoryConfig",
    "ModelConfig",
    "NewsmtscConfig",
    "NgramsConfig",
    "PlvConfig",
    "Pooling",
    "Precision",
    "PredictConfig",
    "Promotion",
    "PublishedScore",
    "Runtime",
    "SeedsConfig",
    "SkipFinished",
    "SparkConfig",
    "Split",
    "StartConfig",
    "StudentConfig",
    "TfidfConfig",
    "TrackingConfig",
    "TrainConfig",
    "TransformerConfig",
    "Variant",
    "plain",
]

ROOT = Path(__file__).resolve().parents[3]
"""The project's root: relative paths in conf/ start here, so that a script runs from any folder."""
SWEEP_VARIABLE = "COMMUNIQUE_SWEEP"
"""Environment variable with the folder that a sweep shares with its jobs: see launching.py."""
