"""What several tests need: a small codebook, invented paragraphs, and a tiny random encoder."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from communique.codebook import Codebook, load_codebook
from communique.config import EvaluationConfig
from communique.paragraphs import Gold, Paragraph

if TYPE_CHECKING:
    from communique.benchmarks.setting import Setting

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    """Two tasks with two and three labels: `act` (multilabel: GIVE, HIT) and `tone` (multiclass: warm, flat, cold)."""
    return load_codebook(DATA / "codebook.yaml")


@pytest.fixture(scope="session")
def evaluation() -> EvaluationConfig:
    """Few resamples: the intervals of tests are not the point."""
    return EvaluationConfig(resamples=200, confidence=0.95, calibration_bins=10, seed=0)


def paragraph(
    text: str = "Text.", act: Gold = None, tone: Gold = None, article: str = "a", position: int = 1
) -> Paragraph:
    """Make a paragraph with gold for the test codebook's tasks."""
    return Paragraph(f"{article}#{position}", article, position, text, gold={"act": act, "tone": tone})


WARM = [
    "gave bread to the islanders",
    "handed over blankets and tents",
    "brought flour as a gift",
    "sent grain for free",
]
COLD = [
    "struck the envoy in the face",
    "beat the prisoner with sticks",
    "hit the convoy with stones",
    "clubbed the guard",
]
FLAT = [
    "the river is forty miles long",
    "rain fell over the plain",
    "prices rose a little in May",
    "the hall has two doors",
]


@pytest.fixture(scope="session")
def corpus_parts() -> tuple[list[Paragraph], list[Paragraph]]:
    """Give 48 training and 24 validation paragraphs that a bag of words tells apart."""

    def part(name: str, articles: int) -> list[Paragraph]:
        rows: list[tuple[str, Gold, Gold]] = []
        for words, act, tone in ((WARM, ("GIVE",), "warm"), (COLD, ("HIT",), "cold"), (FLAT, (), "flat")):
            rows += [(f"The visitors {phrase} again", act, tone) for phrase in words]
        return [
            paragraph(text, act, tone, f"{name}{a}", position)
            for a in range(articles)
            for position, (text, act, tone) in enumerate(rows, start=1)
        ]

    return part("t", 4), part("v", 2)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a random BERT of two layers and a tokenizer of single words, to be loaded like any checkpoint."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    words = sorted({word for phrase in WARM + COLD + FLAT for word in f"The visitors {phrase} again".split()})
    vocabulary = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    folder = tmp_path_factory.mktemp("encoder")
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]
    fast.save_pretrained(folder)
    set_seed(0)
    shape = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(shape).save_pretrained(folder)
    return folder


@pytest.fixture
def setting(codebook: Codebook, corpus_parts: tuple[list[Paragraph], list[Paragraph]], tiny_encoder: Path) -> "Setting":
    """Give what benchmarks share, all sizes as small as they can be."""
    from communique.benchmarks.setting import Setting
    from communique.composition import typed
    from communique.config import BenchConfig
    from communique.corpora import Corpus
    from tests.test_composition import composed

    small = [
        "repeats=1",
        "task=act",
        "evaluation.resamples=50",
        "tfidf.min_document_frequency=1",
        "labelling.warm_up=1",
    ]
    small += [f"transformer.checkpoint={tiny_encoder}", "transformer.max_tokens=32", "labelling.peak_seconds=0.01"]
    small += ["transformer.precision=fp32", "transformer.attention=eager"]
    small += ["fine_tuning.paragraphs=24", "fine_tuning.epochs=1", "fine_tuning.seeds=[1,2]"]
    config = typed(composed("bench", *small, "fine_tuning.tasks_seeds=[1]"), BenchConfig)
    train, validation = corpus_parts
    return Setting(config, Corpus("small", codebook, train, validation, validation), {})
