"""How far the obvious words go: the codebook's keywords as a classifier, and the paragraphs that have none."""

import re
from collections.abc import Sequence

import numpy as np

from communique.codebook import Task
from communique.models.calibration import Decisions
from communique.paragraphs import Paragraph, gold_array


def keyword_hits(texts: Sequence[str], task: Task) -> Decisions:
    """Give [texts × labels] of 0 and 1: whether a text holds one of the label's keywords."""
    patterns = [_pattern(label.keywords) for label in task.labels.values()]
    return np.array([[bool(pattern.search(text)) for pattern in patterns] for text in texts], dtype=np.int64)


def _pattern(keywords: Sequence[str]) -> re.Pattern[str]:
    if not keywords:
        return re.compile(r"(?!)")  # matches nothing
    endings = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in keywords)
    return re.compile(rf"\b(?:{'|'.join(endings)})\b", re.IGNORECASE)


def keyword_shares(paragraphs: Sequence[Paragraph], name: str, task: Task) -> dict[str, float]:
    """Give three shares.

    `exact`: of paragraphs whose labels the keywords give exactly; `without`: of labelled paragraphs that hold no
    keyword of any of their labels; `label_without`: of labels whose paragraph has no keyword of theirs.
    """
    gold = gold_array(paragraphs, name, task)
    hits = keyword_hits([p.text for p in paragraphs], task)
    labelled = gold.any(axis=1)
    found = (gold == 1) & (hits == 1)
    return {
        "exact": float((gold == hits).all(axis=1).mean()),
        "without": float((~found[labelled].any(axis=1)).mean()),
        "label_without": float(1 - found.sum() / max(gold.sum(), 1)),
    }
