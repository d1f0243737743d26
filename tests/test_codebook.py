"""The codebook: ours is whole, and a faulty one is refused with file and key."""

from pathlib import Path

import pytest

from communique.codebook import TaskKind, load_codebook, parse_codebook
from communique.config import ROOT
from communique.errors import InputError
from tests.conftest import DATA

PLOVER = "ACCUSE AGREE AID ASSAULT COERCE CONCEDE CONSULT COOPERATE MOBILIZE PROTEST REJECT REQUEST RETREAT SANCTION"
SMALL = (DATA / "codebook.yaml").read_text(encoding="utf-8")


def test_our_codebook_has_plovers_sixteen_types_and_three_stances() -> None:
    codebook = load_codebook(ROOT / "conf/codebook/plover.yaml")
    action, stance = codebook.tasks["action"], codebook.tasks["stance"]
    assert action.kind is TaskKind.multilabel
    assert set(action.names) == {*PLOVER.split(), "SUPPORT", "THREATEN"}
    assert stance.kind is TaskKind.multiclass
    assert set(stance.names) == {"supportive", "neutral", "critical"}


def test_our_codebook_says_what_each_type_is_and_is_not() -> None:
    action = load_codebook(ROOT / "conf/codebook/plover.yaml").tasks["action"]
    for name, label in action.labels.items():
        assert label.quad in {
            f"{form} {side}" for form in ("verbal", "material") for side in ("cooperation", "conflict")
        }
        assert label.cameo, name
        assert label.near_misses, name


def test_our_codebook_decides_the_hard_cases() -> None:
    rules = load_codebook(ROOT / "conf/codebook/plover.yaml").tasks["action"].rules
    decided = {rule.case: rule.labels for rule in rules}
    assert decided["An ambassador or envoy is summoned"] == ("ACCUSE",)
    assert decided["Expelled diplomats, recalled ambassadors"] == ("SANCTION",)
    assert decided["Denial of an accusation"] == ()
    assert decided["Captions"] == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("definition: Strikes somebody.", "definition: ''", "tasks.act.labels.HIT.definition"),
        ("kind: multiclass", "kind: multiple", "tasks.tone.kind"),
        ("version: 1", "version: 1\nvesion: 2", "vesion"),
        ("label: HIT}", "label: HTI}", "'HTI'"),
        ("labels: []}", "labels: [TAKE]}", "'TAKE'"),
    ],
)
def test_a_fault_is_named_by_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_codebook(path)
    assert str(path) in str(caught.value)
    assert key in str(caught.value)


def test_a_label_that_stands_twice_is_not_lost_in_silence() -> None:
    twice = SMALL.replace("      warm: {", "      flat: {definition: x, counts: [x], examples: [x, x]}\n      warm: {")
    with pytest.raises(InputError, match="'flat' stands twice"):
        parse_codebook(twice, "twice.yaml")


def test_a_multiclass_rule_must_name_one_label() -> None:
    rule = "    rules: [{case: c, decision: d, example: e, labels: [warm, cold]}]\n"
    with pytest.raises(InputError, match="exactly one label"):
        parse_codebook(SMALL + rule, "two.yaml")


def test_a_missing_codebook_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml can't be read"):
        load_codebook(tmp_path / "none.yaml")
