"""Splits keep articles whole and labels in proportion; near-duplicates are found."""

from collections import Counter

import pytest

from communique.paragraphs import Paragraph
from communique.splits import near_duplicates, split_by_article
from tests.conftest import paragraph

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def corpus() -> list[Paragraph]:
    """Fifty articles of four paragraphs; every tenth article, and no other, has a HIT."""
    rows = []
    for number in range(50):
        rare = number % 10 == 0
        for position in range(1, 5):
            act = ("HIT",) if rare and position == 1 else ("GIVE",) if position == 2 else ()
            rows.append(paragraph("T.", act, "flat", f"a{number}", position))
    return rows


def test_no_article_is_in_two_splits() -> None:
    splits = split_by_article(corpus(), SHARES, seed=1)
    articles = [{p.article for p in members} for members in splits.values()]
    assert sum(map(len, articles)) == len(set.union(*articles)) == 50


def test_a_rare_label_is_dealt_in_proportion() -> None:
    splits = split_by_article(corpus(), SHARES, seed=1)
    # Five articles have a HIT: three, one and one are the shares of 60, 20 and 20 percent.
    hits = Counter(split for split, members in splits.items() for p in members if "HIT" in (p.gold["act"] or ()))
    assert hits == {"train": 3, "validation": 1, "test": 1}


def test_splits_have_their_share_of_paragraphs() -> None:
    sizes = {split: len(members) for split, members in split_by_article(corpus(), SHARES, seed=1).items()}
    assert sizes == {"train": 120, "validation": 40, "test": 40}


def test_the_same_seed_gives_the_same_splits_and_another_seed_others() -> None:
    def articles(seed: int) -> list[str]:
        return [p.article for p in split_by_article(corpus(), SHARES, seed)["test"]]

    assert articles(1) == articles(1)
    assert articles(1) != articles(2)


def test_near_duplicates_across_splits_are_found_with_their_jaccard_index() -> None:
    a = paragraph("one two three four five six seven eight", article="a")
    b = paragraph("one two three four five six seven nine", article="b")
    other = paragraph("red blue green brown grey pink teal lime", article="c")
    # Eight words have four shingles of five; three are shared, five are in the union.
    (found,) = near_duplicates({"train": [a, other], "test": [b]}, jaccard=0.3)
    assert (found.first, found.second) == ("a#1", "b#1")
    assert found.jaccard == pytest.approx(3 / 5)
    assert near_duplicates({"train": [a], "test": [b]}, jaccard=0.6) == []


def test_short_texts_that_are_equal_are_near_duplicates() -> None:
    a, b = paragraph("Talks resume in Vienna", article="a"), paragraph("Talks resume in Vienna", article="b")
    assert len(near_duplicates({"train": [a], "test": [b]}, jaccard=0.3)) == 1


def test_near_duplicates_inside_one_split_are_no_leak() -> None:
    a = paragraph("one two three four five six", article="a")
    b = paragraph("one two three four five six", article="b")
    assert near_duplicates({"train": [a, b], "test": []}, jaccard=0.3) == []
