"""Which number format and attention train fastest on this machine: tried once, and remembered.

A choice by the clock could fall otherwise the next time, and equal seeds would not give equal results; so it is written
down, by processor and torch's version, and taken from there.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import torch
from transformers import AutoModel, PretrainedConfig

from communique.config import Attention, Precision, TransformerConfig
from communique.machine import processor_name, processors
from communique.models.transformer.pretrained import shape_of
from communique.models.transformer.runtimes import device

PARAGRAPHS, TOKENS = 16, 40
STEPS = 4
"""How often a step is tried after the first; the fastest counts."""
GAIN = 0.95
"""Share of the best time so far that another choice must stay below: a tie is no reason to change."""


def settle(config: TransformerConfig, memory: Path) -> TransformerConfig:
    """Put what was found fastest in the place of `auto`; `memory` is the file that keeps it."""
    if config.precision is not Precision.auto and config.attention is not Attention.auto:
        return config
    shape = shape_of(config.checkpoint)
    machine = f"{processor_name()}, {processors()} processors, {device().type}, torch {torch.__version__}"
    key = f"{machine}: {shape.model_type} {shape.hidden_size}, {config.precision.value}, {config.attention.value}"
    known = json.loads(memory.read_text(encoding="utf-8")) if memory.exists() else {}
    if key not in known:
        precision, attention = _fastest(shape, config)
        known[key] = {"precision": precision.value, "attention": attention.value}
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(known, indent=1), encoding="utf-8")
    chosen = known[key]
    return replace(config, precision=Precision(chosen["precision"]), attention=Attention(chosen["attention"]))


def _fastest(shape: PretrainedConfig, config: TransformerConfig) -> tuple[Precision, Attention]:
    best, chosen = float("inf"), None
    for precision, attention in _choices(config):
        seconds = _step_seconds(shape, precision, attention, best)
        if seconds < GAIN * best:
            best, chosen = seconds, (precision, attention)
    if chosen is None:
        raise ValueError("there was nothing to choose from")
    return chosen


def _choices(config: TransformerConfig) -> Iterator[tuple[Precision, Attention]]:
    precisions = [Precision.fp32, Precision.bf16] if config.precision is Precision.auto else [config.precision]
    attentions = [Attention.eager, Attention.sdpa] if config.attention is Attention.auto else [config.attention]
    return product(precisions, attentions)


def _step_seconds(shape: PretrainedConfig, precision: Precision, attention: Attention, best: float) -> float:
    """Time a training step through one layer of the encoder's shape, or just the first try where that is hopeless."""
    place = device()
    single = type(shape).from_dict({**shape.to_dict(), "num_hidden_layers": 1})
    encoder = AutoModel.from_config(single, attn_implementation=attention.value).to(place).train()  # type: ignore[no-untyped-call]
    ids = torch.randint(0, single.vocab_size, (PARAGRAPHS, TOKENS), device=place)
    times: list[float] = []
    while len(times) <= STEPS and not (times and times[0] > 3 * best):
        started = time.perf_counter()
        with torch.autocast(place.type, torch.bfloat16, enabled=precision is Precision.bf16):
            loss = encoder(input_ids=ids).last_hidden_state.float().square().mean()
        loss.backward()
        loss.item()  # waits for an accelerator
        times.append(time.perf_counter() - started)
    return min(times[1:], default=times[0])
