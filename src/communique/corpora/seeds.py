"""The seeds: articles invented and labelled for this project.

seeds/articles/*.jsonl hold the paragraphs, seeds/gold.jsonl their labels: {"id": "a1#3", "action": […], "stance": "…"}.
"""

from dataclasses import replace
from pathlib import Path

from communique.codebook import Codebook, load_codebook
from communique.config import ROOT, SeedsConfig
from communique.corpora.corpus import Corpus
from communique.errors import InputError
from communique.paragraphs import Gold, Paragraph, gold_from_row, paragraph_from_row, read_json_lines
from communique.splits import near_duplicates, split_by_article


def load_seeds(name: str, config: SeedsConfig) -> Corpus:
    """Read, join, split and check the seeds; an InputError names file and line of the first fault."""
    codebook = load_codebook(ROOT / config.codebook)
    folder = ROOT / config.path
    paragraphs = _with_gold(_read_articles(folder / "articles"), _read_gold(folder / "gold.jsonl", codebook), folder)
    shares = {
        "train": 1 - config.validation_share - config.test_share,
        "validation": config.validation_share,
        "test": config.test_share,
    }
    splits = split_by_article(paragraphs, shares, config.split_seed)
    for split, members in splits.items():
        for task in codebook.tasks:
            if all(paragraph.gold[task] is None for paragraph in members):
                raise InputError(f"{folder}: no paragraph of the {split} split is labelled for `{task}`: add articles")
    if crossing := near_duplicates(splits, config.near_duplicate_jaccard):
        pairs = ", ".join(f"{pair.first} ~ {pair.second} ({pair.jaccard:.2f})" for pair in crossing[:5])
        raise InputError(f"{folder}: {len(crossing)} near-duplicates stand in two splits: {pairs}. Reword or drop one.")
    return Corpus(name, codebook, **splits)


def _read_articles(folder: Path) -> dict[str, Paragraph]:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise InputError(f"expected JSONL files of paragraphs in {folder}, but there are none")
    paragraphs: dict[str, Paragraph] = {}
    for file in files:
        for number, row in read_json_lines(file):
            paragraph = paragraph_from_row(row, f"{file}:{number}")
            if paragraph.id in paragraphs:
                raise InputError(f"{file}:{number}: the paragraph {paragraph.id} stands twice")
            paragraphs[paragraph.id] = paragraph
    return paragraphs


def _read_gold(path: Path, codebook: Codebook) -> dict[str, dict[str, Gold]]:
    gold: dict[str, dict[str, Gold]] = {}
    for number, row in read_json_lines(path):
        where = f"{path}:{number}"
        name = row.get("id")
        if not isinstance(name, str):
            raise InputError(f"{where}: the column `id` must be a paragraph's id, but it is {name!r}")
        if name in gold:
            raise InputError(f"{where}: the paragraph {name} is labelled twice")
        gold[name] = gold_from_row(row, codebook, where)
    return gold


def _with_gold(paragraphs: dict[str, Paragraph], gold: dict[str, dict[str, Gold]], folder: Path) -> list[Paragraph]:
    if lost := sorted(gold.keys() - paragraphs.keys()):
        raise InputError(f"{folder}/gold.jsonl labels {lost[0]}, which is in no file of {folder}/articles")
    if bare := sorted(paragraphs.keys() - gold.keys()):
        raise InputError(f"{folder}/articles holds {bare[0]}, which {folder}/gold.jsonl doesn't label")
    return [replace(paragraph, gold=gold[name]) for name, paragraph in paragraphs.items()]
