"""The seeds fit together, and the data card's figures are what the files show."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from communique.card.blocks import batches_block, counts_block, keywords_block, labels_block, writers_block
from communique.card.counts import Counts, count
from communique.card.keywords import keyword_shares
from communique.composition import typed
from communique.config import ROOT, SeedsConfig, TrainConfig
from communique.corpora import Corpus, load_corpus
from communique.corpora.seeds import load_seeds, read_articles
from communique.errors import InputError
from communique.labelling.annotations import differing, read_annotations
from communique.labelling.gold import settle
from communique.paragraphs import read_json_lines
from communique.splits import near_duplicates

SEEDS = ROOT / "seeds"


@pytest.fixture(scope="module")
def config() -> SeedsConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        seeds = typed(compose("train"), TrainConfig).corpus["seeds"]
    assert isinstance(seeds, SeedsConfig)
    return seeds


@pytest.fixture(scope="module")
def corpus(config: SeedsConfig) -> Corpus:
    return load_corpus({"seeds": config})


@pytest.fixture(scope="module")
def counts(corpus: Corpus) -> Counts:
    return count(corpus.splits, corpus.codebook)


@pytest.fixture(scope="module")
def card() -> str:
    return (SEEDS / "README.md").read_text(encoding="utf-8")


def test_gold_is_what_both_annotators_say_or_else_what_the_adjudicator_decided(corpus: Corpus) -> None:
    names = ("annotations/annotator_a", "annotations/annotator_b", "annotations/adjudicator", "gold")
    a, b, settled, gold = (read_annotations(SEEDS / f"{name}.jsonl", corpus.codebook) for name in names)
    assert settle(a, b, settled) == gold
    assert set(settled) == set(differing(a, b))
    assert all(row["reason"] for _, row in read_json_lines(SEEDS / "annotations/adjudicator.jsonl"))


def test_the_seeds_are_as_large_and_as_mixed_as_a_ground_truth_must_be(counts: Counts) -> None:
    assert counts.articles >= 250
    assert counts.paragraphs >= 2000
    assert min(counts.labels["action"].values()) >= 90
    many = sum(n for size, n in counts.sizes.items() if size > 1)
    assert min(many, counts.sizes[0]) >= counts.paragraphs / 4
    stance = counts.labels["stance"]
    assert stance["critical"] <= counts.paragraphs / 2
    assert min(stance["supportive"], stance["neutral"]) >= counts.paragraphs / 5
    assert counts.pair_records >= 400
    assert counts.texts_with_opposed_pairs >= 100


def test_a_third_of_the_paragraphs_with_a_type_do_without_the_obvious_words(corpus: Corpus) -> None:
    whole = [p for members in corpus.splits.values() for p in members if p.pair is None]
    assert keyword_shares(whole, "action", corpus.codebook.tasks["action"])["without"] >= 1 / 3


def test_no_text_is_written_twice(corpus: Corpus, config: SeedsConfig) -> None:
    alone = {p.id: [p] for members in corpus.splits.values() for p in members if p.pair is None}
    assert near_duplicates(alone, config.near_duplicate_jaccard) == []


def test_a_pairs_sides_stand_in_its_text(corpus: Corpus) -> None:
    paired = [p for members in corpus.splits.values() for p in members if p.pair is not None]
    assert [p.id for p in paired if str(p.source) not in p.text or str(p.target) not in p.text] == []


def test_every_label_occurs_in_every_split(corpus: Corpus) -> None:
    for name, members in corpus.splits.items():
        action = Counter(label for p in members for label in p.gold["action"] or ())
        assert set(action) == set(corpus.codebook.tasks["action"].names), name
        assert {p.gold["stance"] for p in members} == set(corpus.codebook.tasks["stance"].names), name


def test_the_splits_are_the_same_every_time(corpus: Corpus, config: SeedsConfig) -> None:
    assert load_corpus({"seeds": config}).digest == corpus.digest


def test_the_cards_figures_are_what_the_files_show(corpus: Corpus, counts: Counts, card: str) -> None:
    names = ("annotations/annotator_a", "annotations/annotator_b", "annotations/writer", "gold")
    first, second, writers, gold = (read_annotations(SEEDS / f"{name}.jsonl", corpus.codebook) for name in names)
    assert writers_block(writers, gold) in card
    for made in (
        counts_block(counts),
        labels_block(counts),
        batches_block(read_articles(SEEDS)),
        keywords_block(corpus),
    ):
        assert made in card
    equal = sum(first[name]["action"] == second[name]["action"] for name in first) / len(first)
    assert f"action: exactly equal {equal:.1%}" in card
    assert f"differ in something on {len(differing(first, second)):,} of {len(first):,} paragraphs" in card


def write_seeds(
    folder: Path, articles: str, gold: str, splits: str = '{"article": "a", "split": "train"}\n'
) -> SeedsConfig:
    (folder / "splits.jsonl").write_text(splits, encoding="utf-8")
    (folder / "articles").mkdir()
    (folder / "articles" / "a.jsonl").write_text(articles, encoding="utf-8")
    (folder / "gold.jsonl").write_text(gold, encoding="utf-8")
    codebook = str(Path(__file__).parent / "data" / "codebook.yaml")
    return SeedsConfig("seeds", codebook, str(folder), True, [], 0, 0.2, 0.2, 1, 0.3)


ONE = '{"article": "a", "position": 1, "text": "T."}\n'


@pytest.mark.parametrize(
    ("articles", "gold", "message"),
    [
        (ONE + ONE, "", r"a\.jsonl:2: the paragraph a#1 stands twice"),
        (ONE, "", r"holds a#1, which .*gold\.jsonl doesn't label"),
        (ONE, '{"id": "a#1"}\n{"id": "b#1"}\n', r"labels b#1, which is in no file"),
        (ONE, '{"id": "a#1"}\n{"id": "a#1"}\n', r"gold\.jsonl:2: the paragraph a#1 is labelled twice"),
        (ONE, '{"id": "a#1", "act": ["STEAL"]}\n', r"gold\.jsonl:1: the column `act` holds the unknown label 'STEAL'"),
        (ONE, '{"act": []}\n', r"gold\.jsonl:1: the column `id` must be a paragraph's id"),
    ],
)
def test_seeds_that_do_not_fit_together_are_refused(tmp_path: Path, articles: str, gold: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_seeds("seeds", write_seeds(tmp_path, articles, gold))


def test_a_split_without_any_label_of_a_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no paragraph of the validation split is labelled for `act`: add articles"):
        load_seeds("seeds", write_seeds(tmp_path, ONE, '{"id": "a#1", "act": [], "tone": "flat"}\n'))


def test_near_duplicates_across_splits_are_refused(tmp_path: Path) -> None:
    text = "the same eleven words stand in every one of these articles"
    articles = "".join(f'{{"article": "a{i}", "position": 1, "text": "{text}"}}\n' for i in range(10))
    gold = "".join(f'{{"id": "a{i}#1", "act": [], "tone": "flat"}}\n' for i in range(10))
    places = ["validation", "test", *["train"] * 8]
    splits = "".join(f'{{"article": "a{i}", "split": "{place}"}}\n' for i, place in enumerate(places))
    with pytest.raises(InputError, match="near-duplicates stand in two splits"):
        load_seeds("seeds", write_seeds(tmp_path, articles, gold, splits))


def test_an_article_without_a_split_is_named_with_what_to_do(tmp_path: Path) -> None:
    gold = '{"id": "a#1", "act": [], "tone": "flat"}\n'
    with pytest.raises(InputError, match="doesn't hold the article a: `make gold` adds it"):
        load_seeds("seeds", write_seeds(tmp_path, ONE, gold, splits=""))


@pytest.mark.parametrize(
    ("pairs", "labels", "message"),
    [
        ('[{"source": "N", "target": "E"}]', "[]", r"gold\.jsonl:1: `pairs` must hold 1 labels"),
        ('[{"source": "N"}]', "[]", r"a\.jsonl:1: `pairs` must list objects with `source` and `target`"),
    ],
)
def test_pairs_that_do_not_fit_their_labels_are_refused(tmp_path: Path, pairs: str, labels: str, message: str) -> None:
    articles = f'{{"article": "a", "position": 1, "text": "T.", "pairs": {pairs}}}\n'
    gold = f'{{"id": "a#1", "act": [], "tone": "flat", "pairs": {labels}}}\n'
    with pytest.raises(InputError, match=message):
        load_seeds("seeds", write_seeds(tmp_path, articles, gold))


def test_a_pair_is_a_record_of_its_own_labelled_for_its_stance_alone(config: SeedsConfig) -> None:
    with_pairs = load_corpus({"seeds": config}).splits
    alone = load_corpus({"seeds": replace(config, pairs=False)}).splits
    for split, records in with_pairs.items():
        assert [p for p in records if p.pair is None] == alone[split]
        assert all(p.gold["action"] is None and p.gold["stance"] for p in records if p.pair is not None)


def test_training_can_be_kept_to_the_first_rounds_of_writing_while_the_test_stays(config: SeedsConfig) -> None:
    whole = load_corpus({"seeds": config})
    first = load_corpus({"seeds": replace(config, rounds=[["africa"], ["wire", "web"]], train_rounds=1)})
    assert first.test == whole.test
    left_out = {p.article.partition("-")[0] for p in whole.train} - {p.article.partition("-")[0] for p in first.train}
    assert left_out == {"wire", "web"}
    with pytest.raises(InputError, match=r"train_rounds` must lie between 0 and 2, but it is 3"):
        replace(config, rounds=[["africa"], ["wire"]], train_rounds=3)
