"""Agreement and gold: alpha as the literature has it, disagreements settled, splits that stay."""

from pathlib import Path

import krippendorff
import numpy as np
import pytest

from communique.bootstrap import Bootstrap
from communique.codebook import Codebook, load_codebook
from communique.config import ROOT, EvaluationConfig, SeedsConfig
from communique.corpora.seeds import SeedParagraph
from communique.errors import InputError
from communique.labelling.agreement import agreement, alpha, masi, nominal
from communique.labelling.annotations import Annotation, Annotations, differing, read_annotations
from communique.labelling.gold import deal, settle
from tests.conftest import paragraph


def said(act: tuple[str, ...] = (), tone: str = "flat") -> Annotation:
    return {"act": act, "tone": tone, "pairs": ()}


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ((), (), 0.0),
        (("a",), ("a",), 0.0),
        ((), ("a",), 1.0),
        (("a",), ("b",), 1.0),
        (("a",), ("a", "b"), 1 - 1 / 2 * 2 / 3),  # one holds the other
        (("a", "b"), ("b", "c"), 1 - 1 / 3 * 1 / 3),  # they overlap
    ],
)
def test_masi_is_as_passonneau_defines_it(first: tuple[str, ...], second: tuple[str, ...], distance: float) -> None:
    assert masi(first, second) == pytest.approx(distance)
    assert masi(second, first) == pytest.approx(distance)


def test_alpha_by_hand(evaluation: EvaluationConfig) -> None:
    # Four units, eight values: a five times, b three times. One unit of four differs: observed 1/4.
    # Expected: 2·5·3 / (8·7) = 30/56. Alpha = 1 - (1/4)/(30/56) = 1 - 14/30.
    found = alpha(["a", "a", "b", "a"], ["a", "a", "b", "b"], nominal, Bootstrap(list("abcd"), evaluation))
    assert found.value == pytest.approx(1 - 14 / 30)
    assert found.low <= found.value <= found.high


def test_alpha_equals_the_library_written_for_it(evaluation: EvaluationConfig) -> None:
    chance = np.random.default_rng(0)
    first = chance.integers(0, 4, 60)
    second = np.where(chance.random(60) < 0.7, first, chance.integers(0, 4, 60))
    bootstrap = Bootstrap([str(i // 3) for i in range(60)], evaluation)
    ours = alpha(first.tolist(), second.tolist(), nominal, bootstrap)
    assert ours.value == pytest.approx(krippendorff.alpha(np.array([first, second]), level_of_measurement="nominal"))
    apart = alpha(first.tolist(), second.tolist(), lambda a, b: float((a - b) ** 2), bootstrap)
    assert apart.value == pytest.approx(krippendorff.alpha(np.array([first, second]), level_of_measurement="interval"))


def test_agreement_is_told_per_task_and_label_with_what_is_confused(
    codebook: Codebook, evaluation: EvaluationConfig
) -> None:
    first = {"a#1": said(("GIVE",), "warm"), "a#2": said(("HIT",), "cold"), "b#1": said()}
    second = {"a#1": said(("GIVE",), "warm"), "a#2": said(("GIVE",), "cold"), "b#1": said()}
    found = agreement(first, second, codebook, evaluation)
    assert found["tone"].alpha.value == 1.0
    assert found["act"].equal == pytest.approx(2 / 3)
    assert found["act"].labels["HIT"].value < found["act"].labels["GIVE"].value < 1
    hit, give = (found["act"].confusion_labels.index(label) for label in ("HIT", "GIVE"))
    assert found["act"].confusion[hit, give] == 1


def test_gold_is_what_both_say_or_else_what_the_adjudicator_decided() -> None:
    first = {"a#1": said(("GIVE",)), "a#2": said(("HIT",))}
    second = {"a#1": said(("GIVE",)), "a#2": said(())}
    assert differing(first, second) == ["a#2"]
    decided = said(("GIVE", "HIT"))
    assert settle(first, second, {"a#2": decided}) == {"a#1": said(("GIVE",)), "a#2": decided}
    with pytest.raises(InputError, match="differ on a#2, and the adjudicator has not decided"):
        settle(first, second, {})
    with pytest.raises(InputError, match="decided a#1, on which the annotators don't differ"):
        settle(first, second, {"a#1": decided, "a#2": decided})
    with pytest.raises(InputError, match="a#2 is labelled by one annotator only"):
        settle(first, {"a#1": said()}, {})


def test_an_article_stays_in_its_split_when_others_come() -> None:
    config = SeedsConfig("seeds", "c", "seeds", True, [], 0, 0.2, 0.2, 1, 0.3)
    seeds = {}
    gold: Annotations = {}
    for number in range(20):
        p = paragraph(article=f"a{number}")
        seeds[p.id] = SeedParagraph(p, (), "batch")
        gold[p.id] = said(("GIVE",))
    known = {"a0": "test", "a1": "test", "gone": "train"}
    splits = deal(seeds, gold, known, config)
    assert (splits["a0"], splits["a1"]) == ("test", "test")
    assert set(splits) == {f"a{number}" for number in range(20)}
    assert set(splits.values()) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "a#1", "act": [], "tone": "flat"}\n' * 2, r"a\.jsonl:2: the paragraph a#1 is labelled twice"),
        ('{"id": "a#1", "act": []}\n', r"a\.jsonl:1: a#1 has no label for `tone`"),
        ('{"act": [], "tone": "flat"}\n', r"a\.jsonl:1: the column `id` must be a paragraph's id"),
        ('{"id": "a#1", "act": ["STEAL"], "tone": "flat"}\n', r"a\.jsonl:1: .* holds the unknown label 'STEAL'"),
    ],
)
def test_annotations_that_are_wrong_are_named(tmp_path: Path, codebook: Codebook, lines: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_annotations(path, codebook)


def test_a_pairs_label_must_be_a_stance(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a#1", "action": [], "stance": "neutral", "pairs": ["SING"]}\n', encoding="utf-8")
    with pytest.raises(InputError, match="holds the unknown label 'SING'"):
        read_annotations(path, load_codebook(ROOT / "conf" / "codebook" / "plover.yaml"))
