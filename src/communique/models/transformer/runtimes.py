"""What runs a fitted network: torch in fp32 or bf16, or ONNX Runtime in int8; and which of them suits a machine."""

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import torch

from communique.config import Runtime
from communique.errors import InputError
from communique.machine import processors
from communique.models.calibration import Array
from communique.models.transformer.batches import Ids
from communique.models.transformer.network import Network

ONNX_FILE = "network.int8.onnx"
Forward = Callable[[Ids, Ids], dict[str, Array]]
"""From token ids and mask [paragraphs × tokens] to {task: logits [paragraphs × labels]}."""


def has_fast_bf16() -> bool:
    """Tell whether the hardware multiplies matrices in bf16; without that, bf16 is slower than fp32.

    Read off the processor, not timed: a timing could choose otherwise the next time, and then equal seeds would not
    give equal results.
    """
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def device() -> torch.device:
    """Give the accelerator that is there, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def choose(asked: Runtime, folder: Path) -> Runtime:
    """Settle `auto`: bf16 where the hardware multiplies in it, else fp32.

    The int8 form is for those who ask for it: on the seeds' validation split it costs 1.3 points of the action types'
    macro-F1 (the mean of seven fits; every run logs its own as forms/onnx/…), bf16 costs 0.3. InputError where it is
    asked for and can't be had.
    """
    exported = (folder / ONNX_FILE).exists() and importlib.util.find_spec("onnxruntime") is not None
    if asked is Runtime.onnx and not exported:
        raise InputError(
            "runtime=onnx needs a model that was logged with its int8 form, and the package onnxruntime: train it anew "
            "or say runtime=auto"
        )
    if asked is not Runtime.auto:
        return asked
    return Runtime.bf16 if has_fast_bf16() else Runtime.torch


def fast_forms() -> list[Runtime]:
    """Name the forms that may run faster here than the fitted network does."""
    return [Runtime.bf16, Runtime.onnx] if has_fast_bf16() else [Runtime.onnx]


class Workers:
    """Threads that each compute a batch of their own, on one processor: faster than one batch on all of them.

    Nothing waits for the slowest part of a batch, and each batch stays in its processor's cache.
    """

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self._pool, self.size = pool, size

    def map(self, forward: Forward, batches: Iterable[tuple[Ids, Ids]]) -> Iterator[dict[str, Array]]:
        """Compute the batches; the answers come in the batches' order."""
        return self._pool.map(lambda batch: forward(*batch), batches)


@contextmanager
def workers() -> Iterator[Workers]:
    """Give as many workers as this process has processors, or one where there is an accelerator."""
    size, before = processors() if device().type == "cpu" else 1, torch.get_num_threads()
    try:
        with ThreadPoolExecutor(size, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield Workers(pool, size)
    finally:
        torch.set_num_threads(before)  # in part a setting of the whole process, in which a training may follow


def torch_forward(network: Network, precision: torch.dtype) -> Forward:
    """Run the network itself; in bf16 its weights are rounded once, the heads and the pooling stay fp32."""
    place = device()
    torch.nn.Module.to(network.encoder, device=place, dtype=precision)
    network.heads.to(device=place)
    network.eval()

    def forward(ids: Ids, mask: Ids) -> dict[str, Array]:
        with torch.inference_mode():
            logits = network(torch.from_numpy(ids).to(place), torch.from_numpy(mask).to(place))
        return {name: values.cpu().numpy() for name, values in logits.items()}

    return forward
