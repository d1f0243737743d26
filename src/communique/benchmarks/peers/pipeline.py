"""The peer in labelling: `transformers.pipeline("text-classification")` on the same weights."""

import copy
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor
from transformers import PreTrainedModel, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from communique.benchmarks.peers.peer import Peer
from communique.codebook import Codebook
from communique.models import Classifier
from communique.models.calibration import Array
from communique.models.transformer import Transformer
from communique.models.transformer.network import Network
from communique.paragraphs import Paragraph

ATTENTION = "sdpa"
"""What transformers takes where nobody says otherwise."""


class SequenceClassifier(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Our network as a pipeline wants it: the logits of all tasks side by side."""

    _supports_sdpa = True

    def __init__(self, network: Network, labels: Sequence[str]) -> None:
        config = copy.deepcopy(network.encoder.config)
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: i for i, label in enumerate(labels)}
        super().__init__(config)
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **unused: Tensor) -> SequenceClassifierOutput:
        """Score; `unused` are the token types, which the encoder takes for zeros by itself."""
        del unused
        logits = self.network(input_ids, attention_mask)
        return SequenceClassifierOutput(logits=torch.cat(list(logits.values()), dim=1))


class PipelineScorer(Peer):
    """A pipeline in fp32 on the CPU that gets the texts in the order given; None as batch size: one call a text."""

    def __init__(self, transformer: Transformer, codebook: Codebook, batch_size: int | None) -> None:
        network, tokenizer, max_tokens = transformer.parts
        network = copy.deepcopy(network)
        network.encoder.set_attn_implementation(ATTENTION)
        names = [f"{name}/{label}" for name, task in codebook.tasks.items() for label in task.names]
        self._widths = {name: len(task.names) for name, task in codebook.tasks.items()}
        self._column = {label: i for i, label in enumerate(names)}
        self._batch_size = batch_size
        model = SequenceClassifier(network, names)
        model.train(mode=False)
        build: Any = pipeline  # its overloads know only transformers' own models
        with _quiet():
            self._pipeline = build(
                "text-classification",
                model=model,
                tokenizer=tokenizer,
                device="cpu",
                top_k=None,
                function_to_apply="none",
                truncation=True,
                max_length=max_tokens,
            )

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Score; the pipeline gives names with scores, the highest first."""
        texts = [p.text for p in paragraphs]
        if self._batch_size is None:
            answers = [self._pipeline(text)[0] for text in texts]
        else:
            answers = self._pipeline(texts, batch_size=self._batch_size)
        rows = np.zeros((len(texts), len(self._column)))
        for row, answer in zip(rows, answers, strict=True):
            for scored in answer:
                row[self._column[scored["label"]]] = scored["score"]
        ends = np.cumsum(list(self._widths.values()))[:-1]
        return dict(zip(self._widths, np.split(rows, ends, axis=1), strict=True))


def as_pipeline(classifier: Classifier, batch_size: int | None) -> Classifier:
    """Give a classifier of the same weights, calibrations and thresholds that runs as a pipeline."""
    if not isinstance(classifier.scorer, Transformer):
        raise TypeError(f"only a transformer runs as a pipeline, and this is a {classifier.kind}")
    scorer = PipelineScorer(classifier.scorer, classifier.codebook, batch_size)
    peer = Classifier(classifier.codebook, scorer, "pipeline", 0)
    peer.calibrations = classifier.calibrations
    return peer


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the pipeline's word that it doesn't know our network by name."""
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)
