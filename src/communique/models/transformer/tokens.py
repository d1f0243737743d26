"""From paragraphs to token ids: the text, after whose stance toward whom is asked where that is told."""

from collections.abc import Sequence
from typing import cast

from transformers import PreTrainedTokenizerBase

from communique.paragraphs import Paragraph


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
