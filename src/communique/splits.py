"""Splits by article, stratified by label, and the check that no near-duplicate crosses them.

A pooled random split over paragraphs of one article leaks: its paragraphs share names and phrases.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from communique.paragraphs import Paragraph

SHINGLE = 5
"""Words in a shingle: long enough that stock phrases don't match, short enough to see a reworded copy."""


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two paragraphs that share more shingles than they should, and the Jaccard index of their shingles."""

    first: str
    second: str
    jaccard: float


def split_by_article(
    paragraphs: Sequence[Paragraph], shares: Mapping[str, float], seed: int
) -> dict[str, list[Paragraph]]:
    """Deal whole articles to the splits, so that each gets its share of every label.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011) over articles: the rarest label first, each of
    its articles goes to the split that still wants that label most; ties by wanted paragraphs, then by chance.
    """
    articles: dict[str, list[Paragraph]] = defaultdict(list)
    for paragraph in paragraphs:
        articles[paragraph.article].append(paragraph)
    labels = {article: _label_counts(members) for article, members in articles.items()}
    totals = sum(labels.values(), Counter[str]())
    wanted = {split: Counter({label: share * n for label, n in totals.items()}) for split, share in shares.items()}
    waiting = sorted(articles)
    Random(seed).shuffle(waiting)  # noqa: S311 no secret
    chosen: dict[str, str] = {}
    while waiting:
        left = sum((labels[article] for article in waiting), Counter[str]())
        rarest = min(left, key=lambda label: (left[label], label))
        article = max(waiting, key=lambda article: labels[article][rarest])
        split = max(shares, key=lambda split: (wanted[split][rarest], wanted[split][""]))
        wanted[split].subtract(labels[article])
        chosen[article] = split
        waiting.remove(article)
    return {split: [p for p in paragraphs if chosen[p.article] == split] for split in shares}


def _label_counts(paragraphs: Sequence[Paragraph]) -> Counter[str]:
    """Count the labels of an article; the empty label counts its paragraphs, so that each article has one."""
    counts = Counter({"": len(paragraphs)})
    for paragraph in paragraphs:
        for task, gold in paragraph.gold.items():
            counts.update(f"{task}={label}" for label in ([gold] if isinstance(gold, str) else gold or ()))
    return counts


def near_duplicates(splits: Mapping[str, Sequence[Paragraph]], jaccard: float) -> list[NearDuplicate]:
    """Find pairs of paragraphs in different splits whose word shingles overlap by more than `jaccard`."""
    shingles = {p.id: (split, _shingles(p.text)) for split, members in splits.items() for p in members}
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, (_, own) in shingles.items():
        for shingle in own:
            holders[shingle].append(name)
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        shared.update((a, b) for i, a in enumerate(names) for b in names[i + 1 :] if shingles[a][0] != shingles[b][0])
    found = []
    for (a, b), n in sorted(shared.items()):
        overlap = n / (len(shingles[a][1]) + len(shingles[b][1]) - n)
        if overlap > jaccard:
            found.append(NearDuplicate(a, b, overlap))
    return found


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
