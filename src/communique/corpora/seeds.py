"""The seeds: articles invented and labelled for this project.

seeds/articles/*.jsonl hold the paragraphs, some with `pairs`: [{"source": "Norland", "target": "Esteria"}];
seeds/gold.jsonl their labels: {"id": "a1#3", "action": […], "stance": "…", "pairs": ["critical"]};
seeds/splits.jsonl which split an article is in: {"article": "a1", "split": "train"}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from communique.codebook import Codebook, load_codebook
from communique.config import ROOT, SeedsConfig
from communique.corpora.corpus import Corpus
from communique.errors import InputError
from communique.paragraphs import Gold, JsonObject, Paragraph, gold_from_row, paragraph_from_row, read_json_lines
from communique.splits import near_duplicates

SPLITS = ("train", "validation", "test")
PAIR_TASK = "stance"
"""The task that a pair is labelled for: what one side thinks of another."""


@dataclass(frozen=True, slots=True)
class SeedParagraph:
    """A paragraph as its file holds it: the record, its pairs, the batch (file name) it is from."""

    paragraph: Paragraph
    pairs: tuple[tuple[str, str], ...]
    batch: str


def load_seeds(name: str, config: SeedsConfig) -> Corpus:
    """Read, join and check the seeds; an InputError names file and line of the first fault."""
    codebook = load_codebook(ROOT / config.codebook)
    folder = ROOT / config.path
    seeds, gold = read_articles(folder), _read_gold(folder / "gold.jsonl")
    _check_ids(seeds, gold, folder)
    chosen = read_splits(folder / "splits.jsonl")
    splits: dict[str, list[Paragraph]] = {split: [] for split in SPLITS}
    later = {batch for batches in config.rounds[config.train_rounds :] for batch in batches}
    for seed in seeds.values():
        article = seed.paragraph.article
        if article not in chosen:
            raise InputError(f"{folder}/splits.jsonl doesn't hold the article {article}: `make gold` adds it")
        if chosen[article] != "train" or seed.batch not in later:
            where, row = gold[seed.paragraph.id]
            splits[chosen[article]] += _records(seed, row, codebook, where, pairs=config.pairs)
    _check_splits(splits, codebook, config, folder)
    return Corpus(name, codebook, **splits)


def read_articles(folder: Path) -> dict[str, SeedParagraph]:
    """Read the paragraphs of all articles, by id."""
    files = sorted((folder / "articles").glob("*.jsonl"))
    if not files:
        raise InputError(f"expected JSONL files of paragraphs in {folder / 'articles'}, but there are none")
    seeds: dict[str, SeedParagraph] = {}
    for file in files:
        for number, row in read_json_lines(file):
            where = f"{file}:{number}"
            paragraph = paragraph_from_row(row, where)
            if paragraph.id in seeds:
                raise InputError(f"{where}: the paragraph {paragraph.id} stands twice")
            seeds[paragraph.id] = SeedParagraph(paragraph, tuple(_pairs(row, where)), file.stem)
    return seeds


def read_splits(path: Path) -> dict[str, str]:
    """Read which split each article is in."""
    chosen: dict[str, str] = {}
    for number, row in read_json_lines(path):
        article, split = row.get("article"), row.get("split")
        if not isinstance(article, str) or split not in SPLITS:
            raise InputError(f"{path}:{number}: expected an `article` and a `split` of {', '.join(SPLITS)}")
        if article in chosen:
            raise InputError(f"{path}:{number}: the article {article} stands twice")
        chosen[article] = str(split)
    return chosen


def _pairs(row: JsonObject, where: str) -> Iterator[tuple[str, str]]:
    pairs = row.get("pairs", [])
    for pair in pairs if isinstance(pairs, list) else [pairs]:
        source, target = (pair.get("source"), pair.get("target")) if isinstance(pair, dict) else (None, None)
        if not isinstance(source, str) or not isinstance(target, str):
            raise InputError(f"{where}: `pairs` must list objects with `source` and `target`, but holds {pair!r}")
        yield source, target


def _read_gold(path: Path) -> dict[str, tuple[str, JsonObject]]:
    """Give each label row by id, with the file and line it stands in."""
    gold: dict[str, tuple[str, JsonObject]] = {}
    for number, row in read_json_lines(path):
        where = f"{path}:{number}"
        name = row.get("id")
        if not isinstance(name, str):
            raise InputError(f"{where}: the column `id` must be a paragraph's id, but it is {name!r}")
        if name in gold:
            raise InputError(f"{where}: the paragraph {name} is labelled twice")
        gold[name] = (where, row)
    return gold


def _records(
    seed: SeedParagraph, row: JsonObject, codebook: Codebook, where: str, *, pairs: bool
) -> Iterator[Paragraph]:
    """Give the paragraph with its gold, then, if asked for, a record for each pair, labelled for its stance alone."""
    yield replace(seed.paragraph, gold=gold_from_row(row, codebook, where))
    labels = row.get("pairs", [])
    if not isinstance(labels, list) or len(labels) != len(seed.pairs):
        raise InputError(
            f"{where}: `pairs` must hold {len(seed.pairs)} labels, one for each pair of {seed.paragraph.id}"
        )
    if not pairs:
        return
    for number, ((source, target), label) in enumerate(zip(seed.pairs, labels, strict=True), start=1):
        gold: dict[str, Gold] = gold_from_row({PAIR_TASK: label}, codebook, where)
        yield replace(seed.paragraph, id=f"{seed.paragraph.id}/{number}", source=source, target=target, gold=gold)


def _check_ids(seeds: Mapping[str, object], gold: Mapping[str, object], folder: Path) -> None:
    if lost := sorted(gold.keys() - seeds.keys()):
        raise InputError(f"{folder}/gold.jsonl labels {lost[0]}, which is in no file of {folder}/articles")
    if bare := sorted(seeds.keys() - gold.keys()):
        raise InputError(f"{folder}/articles holds {bare[0]}, which {folder}/gold.jsonl doesn't label")


def _check_splits(splits: Mapping[str, list[Paragraph]], codebook: Codebook, config: SeedsConfig, folder: Path) -> None:
    for split, members in splits.items():
        for task in codebook.tasks:
            if all(paragraph.gold[task] is None for paragraph in members):
                raise InputError(f"{folder}: no paragraph of the {split} split is labelled for `{task}`: add articles")
    if crossing := near_duplicates(splits, config.near_duplicate_jaccard):
        pairs = ", ".join(f"{pair.first} ~ {pair.second} ({pair.jaccard:.2f})" for pair in crossing[:5])
        raise InputError(f"{folder}: {len(crossing)} near-duplicates stand in two splits: {pairs}. Reword or drop one.")
