"""The data card's pictures."""

import numpy as np
from matplotlib.figure import Figure

from communique.card.blocks import Described
from communique.card.texture import sentence_lengths

STANCE_COLOURS = {"supportive": "#4daf4a", "neutral": "#bdbdbd", "critical": "#e41a1c"}
LENGTH_COLOURS = ("#08519c", "#e6550d", "#31a354")
LONGEST = 60


def pictures(described: Described) -> dict[str, Figure]:
    """Draw all pictures, by file name."""
    return {
        "labels.png": label_bars(described),
        "lengths.png": length_curves(described),
        "agreement.png": confusion(described),
    }


def label_bars(described: Described) -> Figure:
    """Show how many paragraphs each type has, and how stance falls within it."""
    counts = described.counts
    labels = sorted(counts.cross, key=lambda label: counts.cross[label].total())
    figure = Figure(figsize=(7, 5), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    left = np.zeros(len(labels))
    for stance, colour in STANCE_COLOURS.items():
        values = np.array([counts.cross[label][stance] for label in labels], dtype=float)
        axes.barh(labels, values, left=left, color=colour, label=stance)
        left += values
    axes.legend(loc="lower right")
    axes.set_xlabel("paragraphs, by the stance of their main actor")
    return figure


def length_curves(described: Described) -> Figure:
    """Show how long sentences are, beside the other corpus's."""
    figure = Figure(figsize=(6, 3), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    bins = [float(edge) for edge in range(0, LONGEST + 4, 3)]
    for corpus, colour in zip((described.corpus, *described.beside), LENGTH_COLOURS, strict=False):
        texts = dict.fromkeys(p.text for p in (*corpus.train, *corpus.validation))
        lengths = np.minimum(sentence_lengths(list(texts)), LONGEST)
        axes.hist(lengths, bins, density=True, histtype="step", color=colour, label=corpus.name)
    axes.set_xlabel("words in a sentence")
    axes.set_yticks([])
    axes.legend()
    return figure


def confusion(described: Described) -> Figure:
    """Show what the two annotators confuse: off the diagonal, the number of paragraphs."""
    figure = Figure(figsize=(11, 6.2), layout="constrained", dpi=120)
    columns = figure.add_gridspec(1, 2, width_ratios=[3, 1])
    for column, (name, task) in enumerate(described.agreed.items()):
        axes = figure.add_subplot(columns[column])
        matrix, labels = task.confusion, task.confusion_labels
        shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, cell in np.argwhere(matrix):
            dark = shares[row, cell] > 0.5  # noqa: PLR2004 half of the scale
            axes.text(
                cell, row, str(matrix[row, cell]), ha="center", va="center", fontsize=7, color="w" if dark else "k"
            )
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
        axes.set_yticks(range(len(labels)), labels, fontsize=7)
        axes.set_xlabel(f"{name}: annotator b")
        axes.set_ylabel("annotator a")
    return figure
