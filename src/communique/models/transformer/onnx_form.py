"""The model's second form, for processors that don't multiply in bf16: an ONNX graph with int8 weights."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from communique.models.calibration import Array
from communique.models.transformer.batches import Ids
from communique.models.transformer.network import Network
from communique.models.transformer.runtimes import ONNX_FILE, Forward

INPUTS = ("input_ids", "attention_mask")
LOUD = ("torch.onnx", "onnxscript", "onnx_ir", "root")
"""Loggers that tell of operators which the graph doesn't need, and of a preprocessing that gains nothing here."""


class _Outputs(nn.Module):
    """The network with its logits in the tasks' order instead of by name, as a graph has them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        return tuple(self._network(input_ids, attention_mask).values())


def export(network: Network, folder: Path) -> None:
    """Write the network's int8 form into a folder.

    Weights are rounded once, by column; activations while it runs, by batch. The matrices that shrink a layer's hidden
    states back stay fp32: their inputs, behind the activation function, have outliers that would cost all others their
    precision (in a scratch trial on the seeds 94% of the sets of action types stayed equal and not 91%).
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    place = next(network.parameters()).device
    network.cpu()  # where the example is
    with TemporaryDirectory(prefix="communique-") as name, _quiet():
        whole = Path(name) / "network.onnx"
        example = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 0]])
        axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
        torch.onnx.export(
            _Outputs(network.eval()).eval(),
            (example, (example > 0).long()),
            whole,
            input_names=list(INPUTS),
            output_names=list(network.kinds),
            dynamic_shapes=(axes, axes),
            dynamo=True,
            verbose=False,
        )
        quantize_dynamic(
            whole,
            folder / ONNX_FILE,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=_shrinking(whole),
        )
    network.to(place)


def onnx_forward(folder: Path, tasks: Sequence[str]) -> Forward:
    """Run the int8 form; a batch takes one thread, since several batches are computed at a time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / ONNX_FILE, options, providers=["CPUExecutionProvider"])

    def forward(ids: Ids, mask: Ids) -> dict[str, Array]:
        return dict(zip(tasks, session.run(list(tasks), dict(zip(INPUTS, (ids, mask), strict=True))), strict=True))

    return forward


def _shrinking(graph: Path) -> list[str]:
    """Name the products with a constant matrix that has more rows than columns."""
    import onnx

    nodes = onnx.load(graph, load_external_data=False).graph
    shapes = {constant.name: tuple(constant.dims) for constant in nodes.initializer}
    chosen = []
    for node in nodes.node:
        rows, *columns = shapes.get(node.input[-1], (0,)) if node.op_type == "MatMul" else (0,)
        if columns and rows > columns[0]:
            chosen.append(node.name)
    return chosen


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what the exporter has to say about itself."""
    levels = {name: logging.getLogger(None if name == "root" else name).level for name in LOUD}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in LOUD:
            logging.getLogger(None if name == "root" else name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(None if name == "root" else name).setLevel(level)
