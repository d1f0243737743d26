"""conf/ composes into the dataclasses, and every fault is said with its key."""

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from communique.composition import typed
from communique.config import (
    ROOT,
    BenchConfig,
    Benchmark,
    EvaluateConfig,
    PredictConfig,
    SeedsConfig,
    Split,
    TfidfConfig,
    TrainConfig,
    TransformerConfig,
    plain,
)
from communique.errors import InputError

EXPERIMENTS = sorted(path.stem for path in (ROOT / "experiments").glob("*.yaml"))


def composed(name: str, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose(name, overrides=list(overrides))


def test_train_composes_with_every_model() -> None:
    kinds = {model: typed(composed("train", f"model={model}"), TrainConfig).model for model in ("tfidf", "transformer")}
    assert isinstance(kinds["tfidf"], TfidfConfig)
    assert isinstance(kinds["transformer"], TransformerConfig)


def test_a_corpus_stands_under_its_own_name() -> None:
    config = typed(composed("train", "corpus=[seeds]", "corpus.seeds.split_seed=5"), TrainConfig)
    seeds = config.corpus["seeds"]
    assert isinstance(seeds, SeedsConfig)
    assert seeds.split_seed == 5


def test_evaluate_and_predict_compose() -> None:
    assert typed(composed("evaluate", "split=validation"), EvaluateConfig).split is Split.validation
    assert typed(composed("predict", "input=a", "output=b.csv"), PredictConfig).output == "b.csv"


def test_bench_composes_and_says_which_benchmarks_there_are() -> None:
    config = typed(composed("bench", "benchmarks=[start,labelling]"), BenchConfig)
    assert config.benchmarks == [Benchmark.start, Benchmark.labelling]
    assert set(typed(composed("bench"), BenchConfig).benchmarks) == set(Benchmark)
    with pytest.raises(InputError, match="Invalid value 'speed', expected one of"):
        typed(composed("bench", "benchmarks=[speed]"), BenchConfig)
    with pytest.raises(InputError, match=r"`the first of memory\.student` must lie between 1 and 9, but it is 20"):
        typed(composed("bench", "memory.student=[20,10]"), BenchConfig)


def test_seed_0_is_a_seed() -> None:
    assert typed(composed("train", "seed=0"), TrainConfig).seed == 0


def test_the_logged_configuration_is_what_was_composed() -> None:
    logged = plain(typed(composed("train", "model=transformer", "model.pooling=first"), TrainConfig))
    assert logged["model"]["pooling"] == "first"
    assert logged["corpus"]["seeds"]["kind"] == "seeds"


def test_missing_values_are_asked_for_all_at_once() -> None:
    with pytest.raises(InputError, match="Add to the command: input=… output=…"):
        typed(composed("predict"), PredictConfig)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.epochs=many", "`model.epochs` is wrong: Value 'many'"),
        ("model.epochs=0", "`model.epochs` must lie between 1 and 1000, but it is 0"),
        ("model.pooling=max", "`model.pooling` is wrong: Invalid value 'max', expected one of"),
        ("+model.epoch=3", "`model.epoch` is wrong: Key 'epoch' not in 'TransformerConfig'"),
        ("model.kind=forest", "`model.kind` must be one of majority, tfidf, transformer, student, but it is 'forest'"),
        ("corpus.seeds.test_share=0.9", "`corpus.seeds.test_share` must lie between 0.01 and 0.5, but it is 0.9"),
        ("seed=-1", "`seed` must lie between 0 and"),
        ("tracking.champion=maybe", "`tracking.champion` is wrong"),
        ("evaluation.resamples=1.5", "`evaluation.resamples` is wrong"),
    ],
)
def test_a_fault_is_named_by_its_key(override: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        typed(composed("train", override), TrainConfig)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_composes_and_asks_a_question(name: str) -> None:
    with initialize_config_dir(str(ROOT / "experiments"), version_base="1.3"):
        path = f"hydra.searchpath=[file://{ROOT / 'conf'}]"
        config = typed(compose(name, overrides=[path]), TrainConfig)
    assert config.experiment.name == name
    assert config.experiment.question
