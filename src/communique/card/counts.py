"""What is in a corpus: paragraphs, labels, how stance falls within each action."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.codebook import Codebook, TaskKind
from communique.paragraphs import Paragraph


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over paragraphs; those of pairs are counted apart.

    `sizes` counts paragraphs by how many labels of the multilabel task they carry; `cross` is {label: {stance: n}}.
    """

    articles: int
    paragraphs: int
    words: int
    splits: dict[str, int]
    sizes: Counter[int]
    labels: dict[str, Counter[str]]
    cross: dict[str, Counter[str]]
    pair_records: int
    texts_with_pairs: int
    texts_with_opposed_pairs: int


def count(splits: Mapping[str, Sequence[Paragraph]], codebook: Codebook) -> Counts:
    """Count a corpus whose codebook has one multilabel and one multiclass task, as ours has."""
    (many,) = (name for name, task in codebook.tasks.items() if task.kind is TaskKind.multilabel)
    (one,) = (name for name, task in codebook.tasks.items() if task.kind is TaskKind.multiclass)
    records = [p for members in splits.values() for p in members]
    whole = [p for p in records if p.pair is None]
    sets = {p.id: p.gold[many] or () for p in whole}
    stances: dict[str, set[object]] = {}
    for p in records:
        if p.pair is not None:
            stances.setdefault(f"{p.article}#{p.position}", set()).add(p.gold[one])
    return Counts(
        articles=len({p.article for p in whole}),
        paragraphs=len(whole),
        words=sum(len(p.text.split()) for p in whole),
        splits={split: sum(p.pair is None for p in members) for split, members in splits.items()},
        sizes=Counter(len(labels) for labels in sets.values()),
        labels={
            many: Counter(label for labels in sets.values() for label in labels),
            one: Counter(str(p.gold[one]) for p in whole),
        },
        cross={
            label: Counter(str(p.gold[one]) for p in whole if label in sets[p.id])
            for label in codebook.tasks[many].names
        },
        pair_records=len(records) - len(whole),
        texts_with_pairs=len(stances),
        texts_with_opposed_pairs=sum(len(values) > 1 for values in stances.values()),
    )
