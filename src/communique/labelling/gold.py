"""Make the seeds' gold from their annotations, and give new articles a split: `make gold`.

Where both annotators say the same, that is the gold; where they differ, what the adjudicator decided. An article that
seeds/splits.jsonl holds already stays in its split for good; new ones are dealt so that each split has its share of
every label.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from communique.codebook import load_codebook
from communique.config import ROOT, SeedsConfig
from communique.corpora.seeds import SeedParagraph, read_articles, read_splits
from communique.errors import InputError, explained
from communique.labelling.annotations import PAIRS, Annotation, Annotations, differing, read_annotations
from communique.splits import split_by_article
from communique.writing import whole_file

CONFIGURATION = ROOT / "conf" / "corpus" / "seeds.yaml"


def main() -> None:
    """Write gold.jsonl and splits.jsonl anew from articles and annotations."""
    config = SeedsConfig(**yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["seeds"])
    folder = ROOT / config.path
    codebook = load_codebook(ROOT / config.codebook)
    first, second, settled = (
        read_annotations(folder / "annotations" / f"{name}.jsonl", codebook)
        for name in ("annotator_a", "annotator_b", "adjudicator")
    )
    seeds = read_articles(folder)
    gold = settle(first, second, settled)
    if missing := sorted(seeds.keys() - gold.keys()):
        raise InputError(f"{folder}/annotations: nobody has labelled {missing[0]} ({len(missing):,} paragraphs in all)")
    _write(folder / "gold.jsonl", (_row(name, gold[name]) for name in seeds))
    splits = deal(
        seeds, gold, read_splits(folder / "splits.jsonl") if (folder / "splits.jsonl").exists() else {}, config
    )
    _write(folder / "splits.jsonl", ({"article": article, "split": split} for article, split in sorted(splits.items())))


def _row(name: str, annotation: Annotation) -> dict[str, object]:
    return {"id": name, **{key: value for key, value in annotation.items() if key != PAIRS or value}}


def settle(first: Annotations, second: Annotations, settled: Annotations) -> Annotations:
    """Give the gold of every paragraph; an InputError names the first that differs and nobody has settled."""
    open_cases = differing(first, second)
    if unsettled := [name for name in open_cases if name not in settled]:
        raise InputError(f"the annotators differ on {unsettled[0]}, and the adjudicator has not decided it")
    if superfluous := sorted(settled.keys() - set(open_cases)):
        raise InputError(f"the adjudicator decided {superfluous[0]}, on which the annotators don't differ")
    return {**first, **settled}


def deal(
    seeds: Mapping[str, SeedParagraph], gold: Mapping[str, Annotation], known: Mapping[str, str], config: SeedsConfig
) -> dict[str, str]:
    """Give every article its split: the one it has, or for new articles one by stratification."""
    new = [
        replace(seed.paragraph, gold={task: label for task, label in gold[name].items() if task != PAIRS})
        for name, seed in seeds.items()
        if seed.paragraph.article not in known
    ]
    shares = {
        "train": 1 - config.validation_share - config.test_share,
        "validation": config.validation_share,
        "test": config.test_share,
    }
    dealt = split_by_article(new, shares, config.split_seed)
    articles = {seed.paragraph.article for seed in seeds.values()}
    kept = {article: split for article, split in known.items() if article in articles}
    return {**kept, **{p.article: split for split, members in dealt.items() for p in members}}


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    with whole_file(path) as temporary:
        temporary.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    with explained():
        main()
