"""Answers in one codebook's labels are read as another's."""

import numpy as np
import pytest

from communique.codebook import Codebook
from communique.errors import InputError
from communique.mapping import read_as

LABEL = {"definition": "D.", "counts": ["c"], "examples": ["a", "b"]}


def made(name: str, tasks: dict[str, tuple[str, list[str]]], maps: object = None) -> Codebook:
    return Codebook.model_validate(
        {
            "name": name,
            "version": 1,
            "description": "D.",
            "maps": maps or {},
            "tasks": {
                task: {"kind": kind, "question": "?", "labels": dict.fromkeys(labels, LABEL)}
                for task, (kind, labels) in tasks.items()
            },
        }
    )


OURS = made("fine", {"act": ("multilabel", ["GIVE", "LEND", "HIT"]), "tone": ("multiclass", ["warm", "flat", "cold"])})


def test_of_several_labels_read_as_one_the_likeliest_counts_and_one_label_is_chosen() -> None:
    coarse = made(
        "coarse", {"act": ("multiclass", ["HELP", "HIT"])}, {"fine": {"act": {"GIVE": "HELP", "LEND": "HELP"}}}
    )
    probabilities = {"act": np.array([[0.2, 0.3, 0.1], [0.1, 0.0, 0.4]]), "tone": np.zeros((2, 3))}
    decisions = {"act": np.zeros((2, 3), dtype=np.int64), "tone": np.zeros(2, dtype=np.int64)}
    mapped, chosen = read_as(OURS, probabilities, decisions, coarse)
    # HELP is the larger of GIVE and LEND; each row is then scaled to sum to one.
    np.testing.assert_allclose(mapped["act"], [[0.75, 0.25], [0.2, 0.8]])
    assert chosen["act"].tolist() == [0, 1]
    assert set(mapped) == {"act"}


def test_labels_that_exclude_each_other_are_summed() -> None:
    two = made(
        "two",
        {"tone": ("multiclass", ["kind", "unkind"])},
        {"fine": {"tone": {"warm": "kind", "flat": "kind", "cold": "unkind"}}},
    )
    probabilities = {"tone": np.array([[0.3, 0.3, 0.4]]), "act": np.zeros((1, 3))}
    decisions = {"tone": np.array([2]), "act": np.zeros((1, 3), dtype=np.int64)}
    mapped, chosen = read_as(OURS, probabilities, decisions, two)
    np.testing.assert_allclose(mapped["tone"], [[0.6, 0.4]])
    assert chosen["tone"].tolist() == [0]


def test_between_multilabel_tasks_a_decision_for_one_is_a_decision_for_what_it_is_read_as() -> None:
    coarse = made(
        "coarse", {"act": ("multilabel", ["HELP", "HIT"])}, {"fine": {"act": {"GIVE": "HELP", "LEND": "HELP"}}}
    )
    probabilities = {"act": np.array([[0.2, 0.3, 0.1]]), "tone": np.zeros((1, 3))}
    decisions = {"act": np.array([[0, 1, 0]]), "tone": np.zeros(1, dtype=np.int64)}
    mapped, chosen = read_as(OURS, probabilities, decisions, coarse)
    np.testing.assert_allclose(mapped["act"], [[0.3, 0.1]])
    assert chosen["act"].tolist() == [[1, 0]]


def test_a_label_that_nothing_leads_to_and_a_task_that_is_not_answered_are_refused() -> None:
    unreached = made("unreached", {"act": ("multiclass", ["GIVE", "SING"])})
    with pytest.raises(InputError, match="no label of fine's `act` is unreached's SING"):
        unreached.read(OURS)
    other = made("other", {"mood": ("multiclass", ["a", "b"])})
    with pytest.raises(InputError, match="asks for `mood`, which fine knows nothing of"):
        other.read(OURS)


def test_a_map_from_a_label_that_the_other_has_not_got_is_refused() -> None:
    misspelt = made("misspelt", {"act": ("multiclass", ["GIVE", "HIT"])}, {"fine": {"act": {"LENT": "GIVE"}}})
    with pytest.raises(InputError, match="misspelt's map names LENT, which fine's `act` hasn't got"):
        misspelt.read(OURS)


def test_one_label_a_paragraph_can_not_be_read_as_any_number() -> None:
    many = made("many", {"tone": ("multilabel", ["warm", "cold"])})
    with pytest.raises(InputError, match="`tone` of fine has one label a paragraph, that of many any number"):
        many.read(OURS)


def test_a_map_to_an_unknown_label_is_refused_when_the_codebook_is_read() -> None:
    with pytest.raises(ValueError, match="leads to the unknown label 'SING'"):
        made("bad", {"act": ("multiclass", ["GIVE", "HIT"])}, {"fine": {"act": {"LEND": "SING"}}})
