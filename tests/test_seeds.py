"""The seeds fit together, and the data card's figures are what the files show."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from communique.composition import typed
from communique.config import ROOT, SeedsConfig, TrainConfig
from communique.corpora import Corpus, load_corpus
from communique.corpora.seeds import load_seeds
from communique.errors import InputError
from communique.paragraphs import Paragraph, read_json_lines

SEEDS = ROOT / "seeds"
Labels = dict[str, tuple[list[str], str]]


def annotations(name: str) -> Labels:
    rows = (row for _, row in read_json_lines(SEEDS / name))
    return {str(row["id"]): (list(row["action"]), str(row["stance"])) for row in rows}  # type: ignore[call-overload]


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
def paragraphs(corpus: Corpus) -> list[Paragraph]:
    return [paragraph for members in corpus.splits.values() for paragraph in members]


@pytest.fixture(scope="module")
def card() -> str:
    return (SEEDS / "README.md").read_text(encoding="utf-8")


def test_gold_is_what_both_annotators_say_or_else_what_the_adjudicator_decided() -> None:
    a, b = annotations("annotations/annotator_a.jsonl"), annotations("annotations/annotator_b.jsonl")
    settled, gold = annotations("annotations/adjudicator.jsonl"), annotations("gold.jsonl")
    assert a.keys() == b.keys() == gold.keys()
    assert settled.keys() == {name for name in gold if a[name] != b[name]}
    assert gold == {name: settled.get(name, a[name]) for name in gold}
    assert all(row["reason"] for _, row in read_json_lines(SEEDS / "annotations/adjudicator.jsonl"))


def test_there_are_at_least_sixty_articles_and_450_paragraphs(paragraphs: list[Paragraph]) -> None:
    assert len({p.article for p in paragraphs}) >= 60
    assert len(paragraphs) >= 450


def test_every_label_occurs_in_every_split(corpus: Corpus) -> None:
    for name, members in corpus.splits.items():
        action = Counter(label for p in members for label in p.gold["action"] or ())
        assert set(action) == set(corpus.codebook.tasks["action"].names), name
        assert {p.gold["stance"] for p in members} == set(corpus.codebook.tasks["stance"].names), name


def test_the_splits_are_the_same_every_time(corpus: Corpus, config: SeedsConfig) -> None:
    assert load_corpus({"seeds": config}).digest == corpus.digest


def test_the_card_tells_how_much_there_is(paragraphs: list[Paragraph], card: str) -> None:
    words = sum(len(p.text.split()) for p in paragraphs)
    articles = len({p.article for p in paragraphs})
    assert f"{articles} invented news articles in {len(paragraphs):,} paragraphs ({words:,} words)" in card
    sizes = Counter(min(len(p.gold["action"] or ()), 3) for p in paragraphs)
    assert f"none {sizes[0]}, one {sizes[1]}, two {sizes[2]}, three or more {sizes[3]}." in card
    stance = Counter(p.gold["stance"] for p in paragraphs)
    assert f"neutral {stance['neutral']}, critical {stance['critical']},\nsupportive {stance['supportive']}." in card


def test_the_cards_table_is_what_the_gold_shows(paragraphs: list[Paragraph], card: str, corpus: Corpus) -> None:
    rows = {name: tuple(map(int, cells.split(" | "))) for name, cells in re.findall(r"\| ([A-Z]+) \| (.+) \|", card)}
    for label in corpus.codebook.tasks["action"].names:
        stance = Counter(p.gold["stance"] for p in paragraphs if label in (p.gold["action"] or ()))
        parts = tuple(stance[name] for name in ("supportive", "neutral", "critical"))
        assert rows[label] == (sum(parts), *parts), label


def test_the_card_tells_the_agreement_that_the_raw_annotations_show(card: str) -> None:
    a, b, gold, writer = (
        annotations(name)
        for name in (
            "annotations/annotator_a.jsonl",
            "annotations/annotator_b.jsonl",
            "gold.jsonl",
            "annotations/writer.jsonl",
        )
    )

    def equal(first: Labels, second: Labels, field: int) -> str:
        return f"{sum(first[name][field] == second[name][field] for name in first) / len(first):.1%}"

    flat = " ".join(card.split())
    assert f"types to {equal(a, b, 0)} of the paragraphs, and the same stance to {equal(a, b, 1)}" in flat
    assert f"set in {equal(gold, writer, 0)} and the same stance in {equal(gold, writer, 1)}" in flat
    assert f"the {sum(a[name] != b[name] for name in a)} paragraphs where they differ" in flat


def test_the_incoming_seeds_are_as_many_as_their_card_says_and_annotated_twice() -> None:
    folder = SEEDS / "incoming"
    rows = [row for path in sorted((folder / "articles").glob("*.jsonl")) for _, row in read_json_lines(path)]
    names = {f"{row['article']}#{row['position']}" for row in rows}
    articles = {row["article"] for row in rows}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"{len(articles)} more invented articles in {len(rows):,} paragraphs" in card
    assert f"({sum(bool(row['pairs']) for row in rows)} paragraphs have" in card
    for annotator in ("writer", "annotator_a", "annotator_b"):
        assert annotations(f"incoming/annotations/{annotator}.jsonl").keys() == names


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
