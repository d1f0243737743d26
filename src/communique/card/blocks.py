"""The data card's blocks: figures as Markdown."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from communique.card.counts import Counts, count
from communique.card.keywords import keyword_shares
from communique.card.shortcuts import shortcut_scores
from communique.card.texture import distinct, sentence_lengths, words
from communique.codebook import TaskKind
from communique.config import DescribeConfig
from communique.corpora import Corpus
from communique.corpora.seeds import SeedParagraph
from communique.labelling.agreement import TaskAgreement
from communique.labelling.annotations import PAIRS, Annotations, differing
from communique.pages import table
from communique.paragraphs import Paragraph
from communique.splits import near_duplicates

QUANTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Described:
    """What a card is made from."""

    corpus: Corpus
    beside: list[Corpus]
    seeds: Mapping[str, SeedParagraph]
    agreed: Mapping[str, TaskAgreement]
    config: DescribeConfig
    jaccard: float

    @property
    def counts(self) -> Counts:
        """What is in the corpus."""
        return count(self.corpus.splits, self.corpus.codebook)


def blocks(described: Described) -> dict[str, Callable[[], str]]:
    """Give each block's name and what makes it."""
    return {
        "counts": lambda: counts_block(described.counts),
        "labels": lambda: labels_block(described.counts),
        "batches": lambda: batches_block(described.seeds),
        "texture": lambda: texture_block(described),
        "keywords": lambda: keywords_block(described.corpus),
        "shortcuts": lambda: shortcuts_block([described.corpus, *described.beside], described.config),
    }


def counts_block(counts: Counts) -> str:
    """Tell sizes in sentences."""
    n = counts.paragraphs
    sizes, splits = counts.sizes, ", ".join(f"{size:,} {split}" for split, size in counts.splits.items())
    (_, actions), (_, stances) = counts.labels.items()
    stance = ", ".join(f"{label} {m:,} ({m / n:.0%})" for label, m in stances.most_common())
    many = sum(m for size, m in sizes.items() if size > 1)
    return (
        f"{counts.articles:,} articles, {n:,} paragraphs, {counts.words:,} words; by split: {splits}.\n\n"
        f"Action types: none {sizes[0]:,} ({sizes[0] / n:.0%}), one {sizes[1]:,} ({sizes[1] / n:.0%}), two or more "
        f"{many:,} ({many / n:.0%}); {actions.total():,} labels in all. Stance: {stance}.\n\n"
        f"Pairs: {counts.pair_records:,} records with source and target, from {counts.texts_with_pairs:,} paragraphs; "
        f"{counts.texts_with_opposed_pairs:,} of these have pairs of different stance.\n"
    )


def labels_block(counts: Counts) -> str:
    """Give paragraphs per type, and how stance falls within it."""
    (_, actions), (_, stances) = counts.labels.items()
    names = sorted(stances)
    rows: list[list[object]] = [
        [label, n, *(counts.cross[label][name] for name in names)] for label, n in actions.most_common()
    ]
    return table(["type", "paragraphs", *names], rows)


def batches_block(seeds: Mapping[str, SeedParagraph]) -> str:
    """Give articles, paragraphs and years of each batch."""
    rows: list[list[object]] = []
    for batch in sorted({seed.batch for seed in seeds.values()}):
        members = [seed.paragraph for seed in seeds.values() if seed.batch == batch]
        years = sorted(str(p.date)[:4] for p in members)
        rows.append([f"`{batch}`", len({p.article for p in members}), len(members), f"{years[0]}–{years[-1]}"])
    return table(["batch", "articles", "paragraphs", "years"], rows)


def texture_block(described: Described) -> str:
    """Compare near-duplicates, distinct n-grams and sentence lengths with another corpus's training texts."""
    config, rows = described.config, []
    ours = [p.text for members in described.corpus.splits.values() for p in members if p.pair is None]
    compared = {described.corpus.name: ours}
    for other in described.beside:
        unique = dict.fromkeys(p.text for p in (*other.train, *other.validation))
        compared[f"{other.name}, training texts"] = list(unique)
    budget = min(config.distinct_tokens, *(sum(len(words(t)) for t in texts) for texts in compared.values()))
    for name, texts in compared.items():
        two, three = (distinct(texts, n, budget, config.seed) for n in (2, 3))
        lengths = sentence_lengths(texts)
        spread = " / ".join(f"{value:.0f}" for value in np.percentile(lengths, QUANTILES))
        twice = _near_duplicates(texts, described.jaccard)
        rows.append([name, f"{two:.3f}", f"{three:.3f}", f"{lengths.mean():.1f}", spread, twice])
    head = [
        "texts",
        f"distinct-2 at {budget:,} words",
        "distinct-3",
        "words a sentence",
        "5/25/50/75/95%",
        "near-duplicates",
    ]
    return table(head, rows)


def _near_duplicates(texts: list[str], jaccard: float) -> int:
    alone = {str(i): [Paragraph(str(i), str(i), 1, text)] for i, text in enumerate(texts)}
    return len(near_duplicates(alone, jaccard))


def keywords_block(corpus: Corpus) -> str:
    """Tell how far the codebook's obvious words go."""
    (name,) = (name for name, task in corpus.codebook.tasks.items() if task.kind is TaskKind.multilabel)
    whole = [p for members in corpus.splits.values() for p in members if p.gold[name] is not None]
    shares = keyword_shares(whole, name, corpus.codebook.tasks[name])
    return (
        f"The codebook's keywords give exactly the right types for {shares['exact']:.1%} of the paragraphs. "
        f"{shares['without']:.1%} of the paragraphs with a type hold none of the obvious words for any of their types; "
        f"{shares['label_without']:.1%} of the labels stand in a paragraph without an obvious word for them.\n"
    )


def shortcuts_block(corpora: Sequence[Corpus], config: DescribeConfig) -> str:
    """Give the scores of classifiers that see next to nothing, on each corpus; behind each what chance gives it."""
    scores = [(corpus, shortcut_scores(corpus, config.shuffles, config.seed)) for corpus in corpora]
    head = [f"{corpus.name}: {task} macro-F1 (chance)" for corpus in corpora for task in corpus.codebook.tasks]
    rows: list[list[object]] = []
    for view in scores[0][1]:
        guesses = [found[view][task] for corpus, found in scores for task in corpus.codebook.tasks]
        rows.append([view, *(f"{guessed.score:.3f} ({guessed.chance:.3f})" for guessed in guesses)])
    return table(["what is seen", *head], rows)


def agreement_block(agreed: Mapping[str, TaskAgreement], first: Annotations, second: Annotations) -> str:
    """Give alpha per task and label, the share of equal answers, and what is confused most."""
    parts = []
    for name, task in agreed.items():
        rows: list[list[object]] = [[f"**{name}**", f"**{task.alpha}**"]]
        rows += [[label, alpha] for label, alpha in task.labels.items()]
        parts.append(table([f"{name}: exactly equal {task.equal:.1%}", "Krippendorff's alpha [95%]"], rows))
        parts.append(f"Confused most (a/b): {_confused(task)}.\n")
    parts.append(f"The two differ in something on {len(differing(first, second)):,} of {len(first):,} paragraphs.\n")
    return "\n".join(parts)


def writers_block(writers: Annotations, gold: Annotations) -> str:
    """Tell how often the writers' intentions became the gold."""
    tasks = [task for task in next(iter(gold.values())) if task != PAIRS]
    same = (sum(writers[name][task] == gold[name][task] for name in gold) / len(gold) for task in tasks)
    told = " and ".join(f"the same {task} for {share:.1%}" for task, share in zip(tasks, same, strict=True))
    return f"Against what the writers meant, the gold has {told} of the paragraphs.\n"


def _confused(task: TaskAgreement, most: int = 8) -> str:
    pairs: Counter[str] = Counter()
    for row, column in np.argwhere(task.confusion):
        if row != column:
            first, second = sorted((task.confusion_labels[row], task.confusion_labels[column]))
            pairs[f"{first}/{second}"] += int(task.confusion[row, column])
    return ", ".join(f"{pair} {n}" for pair, n in pairs.most_common(most)) or "nothing"
