"""Annotations: what one annotator said of each paragraph.

A file holds one annotator's lines: {"id": "a1#3", "action": ["SANCTION"], "stance": "critical", "pairs": ["critical"]}
"""

from pathlib import Path

from communique.codebook import Codebook
from communique.corpora.seeds import PAIR_TASK
from communique.errors import InputError
from communique.paragraphs import Gold, gold_from_row, read_json_lines

Annotation = dict[str, Gold]
"""A label (or several) per task, and `pairs` where a paragraph has pairs."""
PAIRS = "pairs"
Annotations = dict[str, Annotation]
"""One annotator's annotations, by paragraph id."""


def read_annotations(path: Path, codebook: Codebook) -> Annotations:
    """Read a file; an InputError names the line with an unknown or missing label, or a paragraph labelled twice."""
    annotations: Annotations = {}
    for number, row in read_json_lines(path):
        where, name = f"{path}:{number}", row.get("id")
        if not isinstance(name, str):
            raise InputError(f"{where}: the column `id` must be a paragraph's id, but it is {name!r}")
        if name in annotations:
            raise InputError(f"{where}: the paragraph {name} is labelled twice")
        pairs = row.get(PAIRS, [])
        if not isinstance(pairs, list):
            raise InputError(f"{where}: `{PAIRS}` must be a list of labels, but it is {pairs!r}")
        annotation = gold_from_row(row, codebook, where)
        if missing := [task for task, label in annotation.items() if label is None]:
            raise InputError(f"{where}: {name} has no label for `{missing[0]}`")
        stances = (gold_from_row({PAIR_TASK: label}, codebook, where)[PAIR_TASK] for label in pairs)
        annotations[name] = {**annotation, PAIRS: tuple(map(str, stances))}
    return annotations


def differing(first: Annotations, second: Annotations) -> list[str]:
    """Name the paragraphs for which two annotators said different things, in the first one's order.

    InputError where one has labelled a paragraph that the other hasn't.
    """
    if alone := sorted(first.keys() ^ second.keys()):
        raise InputError(f"the paragraph {alone[0]} is labelled by one annotator only")
    return [name for name, annotation in first.items() if annotation != second[name]]
