"""The machine's matrix peak: how fast it multiplies matrices of the model's shapes when it does nothing else."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import torch
from torch.nn import functional as F  # noqa: N812 torch's own name for it

from communique.config import Runtime
from communique.models.transformer import Transformer
from communique.models.transformer.batches import TOKENS
from communique.models.transformer.runtimes import workers
from communique.models.transformer.tokens import token_ids
from communique.paragraphs import Paragraph

SQUARES = 4
"""Products with a hidden × hidden matrix a layer: queries, keys, values, and the attention's output."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An encoder's width, the width inside its feed-forward layers, and how many layers it has."""

    hidden: int
    intermediate: int
    layers: int

    @classmethod
    def of(cls, transformer: Transformer) -> Self:
        """Read it off the encoder's configuration."""
        config = transformer.parts[0].encoder.config
        return cls(config.hidden_size, config.intermediate_size, config.num_hidden_layers)

    @property
    def linear_flop(self) -> int:
        """Floating-point operations a token in one layer's matrices: 2 (4 hidden² + 2 hidden · intermediate).

        A product of a vector with an n × m matrix is n · m multiplications and as many additions (Kaplan et al. 2020,
        table 1).
        """
        return 2 * (SQUARES * self.hidden**2 + 2 * self.hidden * self.intermediate)

    def flop_per_token(self, length: float) -> float:
        """Give the operations a token in a text of so many tokens: layers · (linear_flop + 4 · length · hidden).

        4 · length · hidden are attention's two products, of the queries with the keys and of the weights with the
        values, each 2 · length · hidden a token. All else (norms, softmax, the embeddings' lookup) counts as nothing.
        """
        return self.layers * (self.linear_flop + 4 * length * self.hidden)


def flop_per_paragraph(shape: Shape, lengths: Sequence[int]) -> float:
    """Average the operations a paragraph: those a token, times the mean number of tokens.

    The length that a token finds itself in is on average Σ n² / Σ n, more than the mean length.
    """
    total = sum(lengths)
    met = sum(length**2 for length in lengths) / total
    return shape.flop_per_token(met) * total / len(lengths)


def token_lengths(transformer: Transformer, paragraphs: Sequence[Paragraph]) -> list[int]:
    """Count the tokens that the model reads of each paragraph, without padding."""
    _, tokenizer, max_tokens = transformer.parts
    return [len(ids) for ids in token_ids(tokenizer, paragraphs, max_tokens)]


def matrix_peak(shape: Shape, runtime: str, seconds: float) -> float:
    """Measure the operations a second of a layer's six products, in the number format of a runtime.

    In two ways, of which the faster counts: a batch on each processor, as ours computes, and one batch on all of them.
    Each runs for so many seconds.
    """
    precision = torch.bfloat16 if runtime == Runtime.bf16.value else torch.float32
    with workers() as pool, ThreadPoolExecutor(pool.size, initializer=_one_thread) as threads:
        apart = sum(threads.map(lambda _: _speed(shape, precision, seconds), range(pool.size)))
    return max(apart, _speed(shape, precision, seconds))


def number_format(runtime: str) -> str:
    """Name the number format whose peak counts for a runtime; int8 is held against fp32's."""
    return Runtime.bf16.value if runtime == Runtime.bf16.value else "fp32"


def _one_thread() -> None:
    torch.set_num_threads(1)


@torch.inference_mode()
def _speed(shape: Shape, precision: torch.dtype, seconds: float) -> float:
    """Multiply for so many seconds; operations a second."""
    narrow = torch.randn(TOKENS, shape.hidden).to(precision)
    wide = torch.randn(TOKENS, shape.intermediate).to(precision)
    square = torch.randn(shape.hidden, shape.hidden).to(precision)
    up = torch.randn(shape.intermediate, shape.hidden).to(precision)
    down = torch.randn(shape.hidden, shape.intermediate).to(precision)
    rounds, started = -1, time.perf_counter()
    while rounds < 1 or time.perf_counter() - started < seconds:
        for _ in range(SQUARES):
            F.linear(narrow, square)
        F.linear(narrow, up)
        F.linear(wide, down)
        rounds += 1
        if rounds == 0:  # the first only warms up
            started = time.perf_counter()
    return rounds * TOKENS * shape.linear_flop / (time.perf_counter() - started)
