"""Plain text comes apart where a reader would part it, and nowhere else."""

import re
from pathlib import Path

import pytest

from communique.articles import Article, Unreadable, read_article, split_paragraphs
from communique.config import ROOT

REAL = ROOT.parent / "shared" / "articles"


def test_blank_lines_and_single_newlines_part_paragraphs() -> None:
    text = "Headline without a stop\n\nFirst paragraph ends.\nSecond one follows at once.\r\n\r\nThird.\n"
    wanted = ["Headline without a stop", "First paragraph ends.", "Second one follows at once.", "Third."]
    assert split_paragraphs(text) == wanted


def test_wrapped_lines_are_joined() -> None:
    text = (
        "The envoy said on Monday that the talks about\nthe river had gone well and that both of the\nsides would meet."
    )
    assert split_paragraphs(text) == [text.replace("\n", " ")]


def test_a_headline_and_its_standfirst_are_two_paragraphs() -> None:
    text = "Talks resume in Vienna after break\nEnvoys say gap remains wide on inspections\n\nThe talks resumed."
    assert split_paragraphs(text) == [*text.split("\n")[:2], "The talks resumed."]


def test_sentences_glued_without_a_space_come_apart() -> None:
    text = "Your gift makes a difference.Norland on Tuesday closed its consulate. It gave no reason."
    assert split_paragraphs(text) == [
        "Your gift makes a difference.",
        "Norland on Tuesday closed its consulate. It gave no reason.",
    ]


def test_glued_quotations_keep_their_marks() -> None:
    text = "She called it “a gift.”The premier said nothing.“We wait,” he added."
    assert split_paragraphs(text) == ["She called it “a gift.”", "The premier said nothing.", "“We wait,” he added."]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. Army and the U.S.Navy sailed together in May.",
        "Write to desk@paper.example.Com or read www.paper.Example for more.",
        "Lt.Gen.Smith of the 3rd Corps spoke. Capt.Jones did not speak.",
        "Rates rose by 3.5 points to 12.75 on Friday. Node.Js was down.",
        "He worked at Yahoo.Com for years.",
        "He said so.",
    ],
)
def test_abbreviations_addresses_and_numbers_stay_whole(text: str) -> None:
    assert split_paragraphs(text) == [text]


def test_positions_and_ids_follow_the_order_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Title\n\nBody of it.", encoding="utf-8")
    article = read_article(tmp_path / "a.txt", "north/a")
    assert isinstance(article, Article)
    assert [(p.id, p.position, p.text, p.title) for p in article.paragraphs] == [
        ("north/a#1", 1, "Title", "Title"),
        ("north/a#2", 2, "Body of it.", "Title"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b" \n\n", "empty"),
        ("latin.txt", "Caf\xe9 closed.".encode("latin-1"), "not UTF-8 at byte 3"),
        ("zeros.txt", b"one\x00two", "holds zero bytes"),
        ("page.pdf", b"%PDF", r"expected plain text \(.txt, .text\), got .pdf"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    read = read_article(tmp_path / name, "a")
    assert isinstance(read, Unreadable)
    assert re.match(reason, read.reason)


@pytest.mark.skipif(
    not REAL.is_dir(), reason="the real articles lie beside the project's checkout only where it is built"
)
def test_the_first_real_article_has_fifteen_paragraphs_and_its_appeal_is_one_of_its_own() -> None:
    article = read_article(REAL / "japan-expels-consul.txt", "japan-expels-consul")
    assert isinstance(article, Article)
    assert len(article.paragraphs) == 15
    assert article.paragraphs[6].text.endswith("difference.")
    assert article.paragraphs[7].text.startswith("Japan on Tuesday")
