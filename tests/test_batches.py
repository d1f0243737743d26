"""Batches hold paragraphs of like length, and no more tokens than asked for."""

import numpy as np

from communique.models.transformer.batches import padded, token_batches


def test_a_batch_is_filled_with_the_next_shorter_ones_up_to_its_tokens() -> None:
    # By length: 9, 6, 5, 5, 2, 1. Two of 9 would be 18 tokens, over 16; 6+5 are counted as 12, a third makes 18.
    assert list(token_batches([5, 2, 9, 5, 1, 6], budget=16)) == [[2], [5, 0], [3, 1, 4]]


def test_a_text_longer_than_a_batch_stands_alone() -> None:
    assert list(token_batches([3, 50, 4], budget=8)) == [[1], [2, 0]]


def test_nothing_makes_no_batch() -> None:
    assert list(token_batches([], budget=8)) == []


def test_padding_fills_up_to_the_longest_and_is_masked() -> None:
    ids, mask = padded([[7, 8], [9, 9, 9]], padding=1)
    np.testing.assert_array_equal(ids, [[7, 8, 1], [9, 9, 9]])
    np.testing.assert_array_equal(mask, [[1, 1, 0], [1, 1, 1]])


def test_few_texts_are_parted_among_the_workers() -> None:
    # 12 tokens for two workers: no batch of more than 6, though 100 would be allowed.
    assert list(token_batches([3, 3, 3, 3], budget=100, workers=2)) == [[0, 1], [2, 3]]
