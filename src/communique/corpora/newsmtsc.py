"""NewsMTSC (Hamborg and Donnay 2021): how a news sentence speaks of a target: positive, neutral, negative."""

from collections.abc import Iterator
from pathlib import Path

from communique.codebook import Codebook, load_codebook
from communique.config import ROOT, NewsmtscConfig
from communique.corpora.corpus import Corpus
from communique.corpora.fetching import fetch
from communique.errors import InputError
from communique.paragraphs import Paragraph, gold_from_row, read_json_lines

STANCES = {-1: "negative", 0: "neutral", 1: "positive"}
PLACE_FIELDS = 3
"""A row's id ends in target, from and to; what stands before names the sentence."""


def load_newsmtsc(name: str, config: NewsmtscConfig) -> Corpus:
    """Read the official splits: one training file for both variants, dev and test of the variant asked for."""
    codebook = load_codebook(ROOT / config.codebook)
    variant = config.variant.value
    files = {"train": "train", "validation": f"{variant}_validation", "test": f"{variant}_test"}
    splits = {split: list(_read(fetch(config, file), codebook)) for split, file in files.items()}
    return Corpus(name, codebook, **splits)


def _read(path: Path, codebook: Codebook) -> Iterator[Paragraph]:
    for number, row in read_json_lines(path):
        where = f"{path}:{number}"
        sentence, mention, polarity = row.get("sentence"), row.get("mention"), row.get("polarity")
        if not isinstance(sentence, str) or not isinstance(mention, str) or polarity not in STANCES:
            raise InputError(f"{where}: expected `sentence`, `mention` and a `polarity` of -1, 0 or 1")
        gold = gold_from_row({"stance": STANCES[int(str(polarity))]}, codebook, where)
        article = str(row.get("id")).rsplit("_", PLACE_FIELDS)[0]
        # Mentions carry quotation marks and spaces of the sentence around them.
        yield Paragraph(
            f"{article}#{number}", article, number, sentence.strip(), target=mention.strip(" \"“”'`"), gold=gold
        )
