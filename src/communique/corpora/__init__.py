"""Labelled corpora: a module per corpus, each giving a Corpus."""

from collections.abc import Mapping

from communique.config import CorpusConfig, SeedsConfig
from communique.corpora.corpus import Corpus
from communique.errors import InputError

__all__ = ["Corpus", "load_corpus"]


def load_corpus(corpora: Mapping[str, CorpusConfig]) -> Corpus:
    """Read the corpus that the configuration names."""
    if len(corpora) != 1:
        raise InputError(
            f"expected one corpus, but got {len(corpora)} ({', '.join(corpora)}): name one, as in corpus=[seeds]"
        )
    ((name, config),) = corpora.items()
    match config:
        case SeedsConfig():
            from communique.corpora.seeds import load_seeds

            return load_seeds(name, config)
        case _:
            raise TypeError(f"no corpus for {type(config).__name__}")
