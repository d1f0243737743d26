"""Describe the seeds: the figures and pictures of their data card, made from the files."""

import os
from collections.abc import Callable
from pathlib import Path

from communique.card.blocks import Described, agreement_block, blocks, writers_block
from communique.card.pictures import pictures
from communique.config import ROOT, DescribeConfig, SeedsConfig
from communique.corpora import load_corpus
from communique.corpora.seeds import read_articles
from communique.errors import InputError
from communique.labelling.agreement import agreement
from communique.labelling.annotations import read_annotations
from communique.pages import fill_page
from communique.printing import console

KIND = "figures"


def describe(config: DescribeConfig) -> None:
    """Fill the data card's blocks and draw its pictures; what is printed is what the card then says."""
    ((name, settings),) = config.corpus.items()
    if not isinstance(settings, SeedsConfig):
        raise InputError(f"expected the seeds, whose annotations are kept, but got corpus={name}")
    corpus = load_corpus(config.corpus)
    beside = [load_corpus({other: kind}) for other, kind in config.beside.items()]
    folder = ROOT / settings.path
    console.rule(f"Describing {corpus}; beside it {', '.join(other.name for other in beside)}. A minute or two.")
    names = ("annotations/annotator_a", "annotations/annotator_b", "annotations/writer", "gold")
    first, second, writers, gold = (read_annotations(folder / f"{name}.jsonl", corpus.codebook) for name in names)
    agreed = agreement(first, second, corpus.codebook, config.evaluation)
    described = Described(corpus, beside, read_articles(folder), agreed, config, settings.near_duplicate_jaccard)
    made: dict[str, Callable[[], str]] = {
        **blocks(described),
        "agreement": lambda: agreement_block(agreed, first, second),
        "writers": lambda: writers_block(writers, gold),
    }
    fill_page(folder / "README.md", KIND, lambda block: _made(made, block))
    for file, figure in pictures(described).items():
        path = folder / "pictures" / file
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, metadata={"Software": None})  # equal figures, equal bytes
    console.print(f"The card is {_shown(folder / 'README.md')}; its pictures lie beside it.")


def _made(made: dict[str, Callable[[], str]], block: str) -> str:
    if block not in made:
        raise InputError(f"the card has a block {block!r}; known are {', '.join(made)}")
    body = made[block]()
    console.print(f"\n[bold]{block}[/bold]\n{body}", markup=True, soft_wrap=True, highlight=False)
    return body


def _shown(path: Path) -> str:
    return os.path.relpath(path)
