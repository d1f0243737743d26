"""From Hydra's composed configuration to the dataclasses of `config`. Only the scripts and this file know Hydra.

Past `typed` nobody sees a DictConfig.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from communique.config import (
    BenchConfig,
    CorpusConfig,
    DescribeConfig,
    EvaluateConfig,
    MajorityConfig,
    ModelConfig,
    NewsmtscConfig,
    PlvConfig,
    PredictConfig,
    SeedsConfig,
    StudentConfig,
    TfidfConfig,
    TrainConfig,
    TransformerConfig,
)
from communique.errors import InputError

MODELS: Mapping[str, type[ModelConfig]] = {
    "majority": MajorityConfig,
    "tfidf": TfidfConfig,
    "transformer": TransformerConfig,
    "student": StudentConfig,
}
CORPORA: Mapping[str, type[CorpusConfig]] = {
    "seeds": SeedsConfig,
    "plv": PlvConfig,
    "newsmtsc": NewsmtscConfig,
}

C = TypeVar("C", TrainConfig, EvaluateConfig, PredictConfig, DescribeConfig, BenchConfig)


def typed(cfg: DictConfig, shape: type[C]) -> C:
    """Turn a composed configuration into its dataclass, or say in an InputError which key is wrong and how."""
    schema = OmegaConf.structured(shape)
    try:
        if "model" in cfg:
            schema.model = _of_kind(cfg.model, MODELS, "model")
        for section in ("corpus", "transfer", "beside"):
            if section in cfg:
                corpora = {
                    name: _of_kind(corpus, CORPORA, f"{section}.{name}") for name, corpus in cfg[section].items()
                }
                schema[section] = corpora
        merged = OmegaConf.merge(schema, cfg)
        if missing := sorted(OmegaConf.missing_keys(merged)):
            needed = " ".join(f"{key}=…" for key in missing)
            raise InputError(f"a value is missing. Add to the command: {needed}")
        return cast(C, OmegaConf.to_object(merged))
    except OmegaConfBaseException as error:
        message = str(error.msg or error).splitlines()[0]
        raise InputError(f"the configuration's key `{error.full_key}` is wrong: {message}") from error


def in_sweep() -> bool:
    """Tell whether the running job is one of a sweep's."""
    return HydraConfig.initialized() and HydraConfig.get().mode is RunMode.MULTIRUN


def _of_kind(section: DictConfig, kinds: Mapping[str, type[Any]], key: str) -> type[Any]:
    kind = section.kind
    if kind not in kinds:
        raise InputError(f"`{key}.kind` must be one of {', '.join(kinds)}, but it is {kind!r}")
    return kinds[kind]
