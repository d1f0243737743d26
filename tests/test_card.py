"""The data card's figures: texture, keywords, shortcuts, counts."""

import numpy as np
import pytest

from communique.card.counts import count
from communique.card.keywords import keyword_hits, keyword_shares
from communique.card.shortcuts import first_word, names, shortcut_scores
from communique.card.texture import distinct, sentence_lengths, sentences
from communique.codebook import Codebook
from communique.corpora import Corpus
from communique.paragraphs import Paragraph
from tests.conftest import paragraph


def test_distinct_n_is_the_share_of_different_n_grams() -> None:
    # a b a b: the bigrams ab, ba, ab; two of three are different. Bigrams don't cross texts.
    assert distinct(["a b a b"], 2, 100, 0) == pytest.approx(2 / 3)
    assert distinct(["a b", "a b"], 2, 100, 0) == pytest.approx(1 / 2)
    # Four words only are read: a b a b again, whatever follows.
    assert distinct(["a b a b c d e f"], 2, 4, 0) == pytest.approx(2 / 3)


def test_sentences_end_at_punctuation_before_a_capital_but_not_at_abbreviations() -> None:
    text = "Gen. Orlo met Dr. Vane at 3.15 p.m. on Monday. “Enough,” he said. They left … then rain."
    assert sentences(text) == [
        "Gen. Orlo met Dr. Vane at 3.15 p.m. on Monday.",
        "“Enough,” he said.",
        "They left … then rain.",
    ]
    assert sentence_lengths(["One two. Three four five."]).tolist() == [2, 3]


@pytest.fixture
def keyed(codebook: Codebook) -> Codebook:
    act = codebook.tasks["act"]
    words = {"GIVE": ("gave",), "HIT": ("hit*", "struck out")}
    labels = {name: label.model_copy(update={"keywords": words[name]}) for name, label in act.labels.items()}
    return codebook.model_copy(update={"tasks": {**codebook.tasks, "act": act.model_copy(update={"labels": labels})}})


def test_keywords_are_whole_words_unless_they_end_in_a_star(keyed: Codebook) -> None:
    texts = ["She gave bread.", "A gaveta; whitish.", "They hitched it; he Struck  out.", "Hits."]
    assert keyword_hits(texts, keyed.tasks["act"]).tolist() == [[1, 0], [0, 0], [0, 1], [0, 1]]


def test_keyword_shares_by_hand(keyed: Codebook) -> None:
    rows = [
        paragraph("She gave bread.", ("GIVE",)),  # exactly right
        paragraph("He clubbed him.", ("HIT",)),  # no keyword
        paragraph("He hit her and handed her a coat.", ("GIVE", "HIT")),  # one of two labels has its keyword
        paragraph("It rained.", ()),  # exactly right
    ]
    shares = keyword_shares(rows, "act", keyed.tasks["act"])
    assert shares == pytest.approx({"exact": 2 / 4, "without": 1 / 3, "label_without": 2 / 4})


def test_names_are_the_capitals_inside_a_sentence() -> None:
    assert set(names(paragraph("The envoy of Norland left. Rain fell on “Esteria” and Veland."))) == {
        "Norland",
        "Esteria",
        "Veland",
    }
    assert first_word(paragraph("“The envoy left.”")) == {"the": 1.0}


def test_a_shortcut_is_seen_where_there_is_one(codebook: Codebook) -> None:
    def part(name: str) -> list[Paragraph]:
        # The first word gives the labels away; all texts have the same length and no names.
        rows = [("gladly they came", ("GIVE",), "warm"), ("badly they came", ("HIT",), "cold")]
        return [paragraph(text, act, tone, f"{name}{i}") for i in range(20) for text, act, tone in rows]

    scores = shortcut_scores(Corpus("small", codebook, part("t"), part("v"), part("x")), shuffles=10, seed=0)
    for task in ("act", "tone"):
        seen = scores["first word"][task]
        assert seen.score == 1.0
        assert seen.chance < 0.7  # the first word of another paragraph is right half the time, as a coin is
    assert scores["article"]["tone"].score == pytest.approx(scores["majority"]["tone"].score)
    assert scores["names"]["act"].score == scores["majority"]["act"].score == 0.0


def test_counts_take_pairs_apart(codebook: Codebook) -> None:
    whole = paragraph("One two three.", ("GIVE", "HIT"), "cold")
    pairs = [
        Paragraph(f"a#1/{i}", "a", 1, whole.text, source="X", target="Y", gold={"act": None, "tone": tone})
        for i, tone in ((1, "warm"), (2, "cold"))
    ]
    other = paragraph("Four.", (), "flat", "b")
    counts = count({"train": [whole, *pairs], "test": [other]}, codebook)
    assert (counts.articles, counts.paragraphs, counts.words) == (2, 2, 4)
    assert (counts.pair_records, counts.texts_with_pairs, counts.texts_with_opposed_pairs) == (2, 1, 1)
    assert counts.sizes == {2: 1, 0: 1}
    assert counts.cross["GIVE"] == {"cold": 1}
    assert counts.splits == {"train": 1, "test": 1}
    assert np.sum(list(counts.labels["tone"].values())) == 2
