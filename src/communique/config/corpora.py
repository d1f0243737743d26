"""Where labelled paragraphs come from: conf/corpus/."""

from dataclasses import dataclass
from enum import Enum

from communique.config.ranges import within


class Variant(Enum):
    """NewsMTSC's test sets: sentences as they come (rw), or with several targets (mt)."""

    rw = "rw"
    mt = "mt"


@dataclass
class CorpusConfig:
    """What every corpus has: the kind that `corpora.load_corpus` matches, and the codebook's file."""

    kind: str
    codebook: str


@dataclass
class SeedsConfig(CorpusConfig):
    """The ground truth made for this project, split by article.

    `pairs` adds a record for each source and target that a paragraph names. `rounds` are the rounds of writing, each
    with its batches (files of articles/); the first `train_rounds` of them are trained on, and what is named in none.
    Shares and seed are for articles that are new to splits.jsonl.
    """

    path: str
    pairs: bool
    rounds: list[list[str]]
    train_rounds: int
    validation_share: float
    test_share: float
    split_seed: int
    near_duplicate_jaccard: float

    def __post_init__(self) -> None:
        within("corpus.seeds.train_rounds", self.train_rounds, 0, len(self.rounds))
        within("corpus.seeds.validation_share", self.validation_share, 0.01, 0.5)
        within("corpus.seeds.test_share", self.test_share, 0.01, 0.5)
        within("corpus.seeds.validation_share + test_share", self.validation_share + self.test_share, 0.02, 0.9)
        within("corpus.seeds.near_duplicate_jaccard", self.near_duplicate_jaccard, 0.01, 1)


@dataclass
class FetchedFile:
    """A file of a public corpus: where it lies under the corpus's address and folder, and its sha256."""

    path: str
    sha256: str


@dataclass
class FetchedConfig(CorpusConfig):
    """A public corpus: its address, its folder in the cache, its files."""

    url: str
    folder: str
    files: dict[str, FetchedFile]


@dataclass
class PlvConfig(FetchedConfig):
    """PLV. `pairs` gives source and target to the model; test rows before `first_test_row` (from 1) are left out."""

    pairs: bool
    first_test_row: int
    validation_share: float
    split_seed: int

    def __post_init__(self) -> None:
        within("corpus.plv.validation_share", self.validation_share, 0.01, 0.5)
        within("corpus.plv.first_test_row", self.first_test_row, 1, 1033)


@dataclass
class NewsmtscConfig(FetchedConfig):
    """NewsMTSC in one of its variants."""

    variant: Variant
