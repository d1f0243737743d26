"""What every corpus gives."""

from dataclasses import dataclass
from functools import cached_property

from communique.codebook import Codebook
from communique.paragraphs import Paragraph, digest


@dataclass(frozen=True)
class Corpus:
    """Labelled paragraphs in three splits, and the codebook that their labels are from."""

    name: str
    codebook: Codebook
    train: list[Paragraph]
    validation: list[Paragraph]
    test: list[Paragraph]

    @property
    def splits(self) -> dict[str, list[Paragraph]]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @cached_property
    def digest(self) -> str:
        """The sha256 of all texts, labels and splits, and of what the labels are: their tasks, kinds and order."""
        meaning = {name: [task.kind.value, *task.names] for name, task in self.codebook.tasks.items()}
        return digest(meaning, self.splits)

    def __str__(self) -> str:
        """Tell the sizes: `seeds: 600 train, 200 validation, 200 test paragraphs`."""
        sizes = ", ".join(f"{len(paragraphs):,} {split}" for split, paragraphs in self.splits.items())
        return f"{self.name}: {sizes} paragraphs"
