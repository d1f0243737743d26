"""From paragraphs to token ids: the text, after whose stance toward whom is asked where that is told.

And what single tokens mean to an encoder.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from communique.paragraphs import Paragraph

TOGETHER = 1024
"""Tokens that are embedded at a time."""


def token_ids(tokenizer: PreTrainedTokenizerBase, paragraphs: Sequence[Paragraph], max_tokens: int) -> list[list[int]]:
    """Give each paragraph's ids, in the order given: `pair [SEP] text`, or the text alone; the longer part is cut."""
    ids: list[list[int]] = [[] for _ in paragraphs]
    for paired in (False, True):
        rows = [i for i, p in enumerate(paragraphs) if (p.pair is not None) is paired]
        if not rows:
            continue
        texts = [paragraphs[i].text for i in rows]
        first, second = ([str(paragraphs[i].pair) for i in rows], texts) if paired else (texts, None)
        encoded = tokenizer(first, second, truncation="longest_first", max_length=max_tokens)["input_ids"]
        for i, tokens in zip(rows, cast(list[list[int]], encoded), strict=True):
            ids[i] = tokens
    return ids


def token_vectors(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> NDArray[np.float32]:
    """Give for each token the mean of the encoder's states when it is all the text: [tokens × dimensions].

    Static embeddings out of a contextual encoder, as model2vec makes them.
    """
    first, *last = cast(list[int], tokenizer("")["input_ids"])
    place = next(encoder.parameters()).device
    vectors = []
    with torch.inference_mode():
        for tokens in torch.arange(len(tokenizer)).split(TOGETHER):  # type: ignore[no-untyped-call]
            rows = [torch.full_like(tokens, first), tokens, *(torch.full_like(tokens, end) for end in last)]
            ids = torch.stack(rows, dim=1)
            states = encoder(input_ids=ids.to(place), attention_mask=torch.ones_like(ids).to(place)).last_hidden_state
            vectors.append(states.float().mean(dim=1).cpu().numpy())
    return np.concatenate(vectors)
