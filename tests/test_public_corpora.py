"""PLV and NewsMTSC: what is read of their files, and what is said when these can't be had or are wrong.

The tests marked `public` need the files: in the cache that COMMUNIQUE_CACHE names, or in ../shared/corpora.
"""

import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from communique.composition import typed
from communique.config import ROOT, CorpusConfig, FetchedFile, NewsmtscConfig, PlvConfig, TrainConfig, Variant
from communique.corpora import Corpus, load_corpus
from communique.corpora.fetching import CACHE_VARIABLE
from communique.errors import InputError

CACHE = Path(os.environ.get(CACHE_VARIABLE) or ROOT.parent / "shared" / "corpora")
HEADER = "sentence_id\tsentence\tsource\ttarget\tgold_root\tsilver_root\n"


def corpus_config(*overrides: str) -> dict[str, CorpusConfig]:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return typed(compose("train", list(overrides)), TrainConfig).corpus


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the cache, or skip the test where there is none."""
    if not (CACHE / "plv").is_dir():
        pytest.skip(f"the public corpora are not in {CACHE}: name a folder that has them, {CACHE_VARIABLE}=…")
    monkeypatch.setenv(CACHE_VARIABLE, str(CACHE))


def file(path: Path, text: str) -> FetchedFile:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return FetchedFile(path.name, hashlib.sha256(text.encode()).hexdigest())


def plv(folder: Path, train: str, test: str, *, pairs: bool = False, first: int = 1) -> Corpus:
    files = {"train": file(folder / "plv" / "train.tsv", train), "test": file(folder / "plv" / "test.tsv", test)}
    config = PlvConfig("plv", "conf/codebook/plv.yaml", "http://127.0.0.1:9/", "plv", files, pairs, first, 0.2, 1)
    return load_corpus({"plv": config})


def row(number: int, label: str = "AID") -> str:
    return f"{number}\tSentence {number}.\tNorland\tEsteria\t{label}\tASSAULT\n"


@pytest.mark.usefixtures("public")
def test_plv_has_its_official_sizes_and_its_validation_split_shares_no_sentence_with_training() -> None:
    corpus = load_corpus(corpus_config("corpus=[plv]"))
    assert len(corpus.train) + len(corpus.validation) == 1050
    assert len(corpus.test) == 1033
    assert not {p.text for p in corpus.train} & {p.text for p in corpus.validation}
    assert Counter(p.gold["action"] for p in corpus.test)["YIELD"] == 121


@pytest.mark.usefixtures("public")
def test_newsmtsc_has_its_official_sizes() -> None:
    real = load_corpus(corpus_config("corpus=[newsmtsc]"))
    several = load_corpus(corpus_config("corpus=[newsmtsc]", "corpus.newsmtsc.variant=mt"))
    assert [len(part) for part in real.splits.values()] == [8739, 343, 803]
    assert [len(part) for part in several.splits.values()] == [8739, 442, 1034]
    assert all(p.target and p.source is None for p in real.test)


def test_plv_rows_become_paragraphs_and_another_systems_predictions_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    train = HEADER + "".join(row(i) for i in range(10))
    corpus = plv(tmp_path, train, HEADER + row(2) + row(1, "YIELD"), first=2)
    (only,) = corpus.test
    assert (only.text, only.gold, only.source, only.pair) == ("Sentence 1.", {"action": "YIELD"}, None, None)
    assert len(corpus.train) == 8
    paired = plv(tmp_path, train, HEADER + row(1), pairs=True)
    assert paired.test[0].pair == "Norland toward Esteria"


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (HEADER + row(1, "SING"), r"test\.tsv:2: the column `action` holds the unknown label 'SING'"),
        ("sentence\nS.\n", r"test\.tsv: expected the column `sentence_id`"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: str, message: str) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=message):
        plv(tmp_path, HEADER + "".join(row(i) for i in range(10)), test)


def test_without_a_network_the_message_says_where_to_put_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    files = {"train": FetchedFile("mt/train.jsonl", "0" * 64)}
    nowhere = NewsmtscConfig(
        "newsmtsc", "conf/codebook/newsmtsc.yaml", "http://127.0.0.1:9/", "newsmtsc", files, Variant.rw
    )  # nobody listens on the discard port
    with pytest.raises(
        InputError, match=f"can't be fetched.*yourself as {tmp_path}/newsmtsc/mt/train.jsonl.*{CACHE_VARIABLE}"
    ):
        load_corpus({"newsmtsc": nowhere})
