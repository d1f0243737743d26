"""What all benchmarks share: the configuration, the corpus, the models of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from communique.config import BenchConfig, Runtime
from communique.corpora import Corpus
from communique.errors import InputError
from communique.models import Classifier
from communique.paragraphs import Paragraph


@dataclass(frozen=True)
class Setting:
    """`uris` has a model of the store for each kind that the chosen benchmarks need."""

    config: BenchConfig
    corpus: Corpus
    uris: Mapping[str, str]

    def model(self, kind: str, runtime: Runtime) -> Classifier:
        """Load the model of a kind as users do, in the form asked for."""
        from communique.tracking import classifier_of, load_model

        return classifier_of(load_model(self.uris[kind], runtime, self.config.tracking))

    @property
    def test(self) -> list[Paragraph]:
        """The test split, without source and target."""
        return _plain(self.corpus.test)

    def paragraphs(self, limit: int | None) -> list[Paragraph]:
        """Give at most so many paragraphs without source and target, all where there is no limit.

        The test split comes first, so that what is timed is what is scored; within a split it is the files' order.
        """
        found = [p for split in ("test", "validation", "train") for p in _plain(self.corpus.splits[split])]
        if not found:
            raise InputError(f"all paragraphs of {self.corpus.name} have a target: the benchmarks need some without")
        return found[:limit]

    def sample(self, *, pairs: bool) -> tuple[list[Paragraph], list[Paragraph]]:
        """Draw training and validation paragraphs for a short fit: whole articles in a shuffled order, cut at the end.

        The validation split is cut in the proportion of the training split. With `pairs` the records that ask for the
        stance of a source toward a target are among them.
        """
        config, corpus = self.config.fine_tuning, self.corpus
        train, validation = ((s if pairs else _plain(s)) for s in (corpus.train, corpus.validation))
        share = min(1.0, config.paragraphs / len(train))
        return _cut(train, share, config.sample_seed), _cut(validation, share, config.sample_seed)


def _plain(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    return [p for p in paragraphs if p.pair is None]


def _cut(paragraphs: Sequence[Paragraph], share: float, seed: int) -> list[Paragraph]:
    articles = sorted({p.article for p in paragraphs})
    Random(seed).shuffle(articles)  # noqa: S311 no secret
    place = {article: i for i, article in enumerate(articles)}
    return sorted(paragraphs, key=lambda p: place[p.article])[: max(1, round(share * len(paragraphs)))]
