"""Labelled corpora: a module per corpus, each giving a Corpus."""

from collections.abc import Mapping

from communique.config import CorpusConfig, NewsmtscConfig, PlvConfig, SeedsConfig
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
        case PlvConfig():
            from communique.corpora.plv import load_plv

            return load_plv(name, config)
        case NewsmtscConfig():
            from communique.corpora.newsmtsc import load_newsmtsc

            return load_newsmtsc(name, config)
        case _:
            raise TypeError(f"no corpus for {type(config).__name__}")
