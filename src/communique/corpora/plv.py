"""PLV (Hu et al. 2024, Zero-Shot-PLOVER): sentences of news with a source, a target and one PLOVER root code."""

import csv
from collections.abc import Iterator
from pathlib import Path

from communique.codebook import Codebook, load_codebook
from communique.config import ROOT, PlvConfig
from communique.corpora.corpus import Corpus
from communique.corpora.fetching import fetch
from communique.errors import InputError
from communique.paragraphs import Paragraph, gold_from_row
from communique.splits import split_by_article

LABEL_COLUMN = "gold_root"
COLUMNS = ("sentence_id", "sentence", "source", "target", LABEL_COLUMN)
"""The others (silver_*, root_L*, penta_L*, prompt_*, modality_*) are another system's predictions and are not read."""


def load_plv(name: str, config: PlvConfig) -> Corpus:
    """Read both files; the validation split is carved from the training file, sentences kept whole."""
    codebook = load_codebook(ROOT / config.codebook)
    given = list(_read(fetch(config, "train"), "train", config, codebook))
    shares = {"train": 1 - config.validation_share, "validation": config.validation_share}
    splits = split_by_article(given, shares, config.split_seed)
    test = list(_read(fetch(config, "test"), "test", config, codebook))
    return Corpus(name, codebook, **splits, test=[p for p in test if p.position >= config.first_test_row])


def _read(path: Path, split: str, config: PlvConfig, codebook: Codebook) -> Iterator[Paragraph]:
    """Give a paragraph per row, its position the row's number; rows of one sentence are one article."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if missing := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
            raise InputError(f"{path}: expected the column `{missing[0]}`, but there is none")
        for number, row in enumerate(rows, start=1):
            article = f"plv-{split}-{row['sentence_id']}"
            gold = gold_from_row({"action": row[LABEL_COLUMN]}, codebook, f"{path}:{number + 1}")
            pair = (row["source"], row["target"]) if config.pairs else (None, None)
            yield Paragraph(
                f"{article}#{number}", article, number, row["sentence"], source=pair[0], target=pair[1], gold=gold
            )
