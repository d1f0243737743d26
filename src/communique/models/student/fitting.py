"""Distillation: embeddings, patterns and layers are fitted to what the teacher says, in torch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 torch's own name for it

from communique.codebook import Codebook, TaskKind
from communique.config import StudentConfig
from communique.models.calibration import Array
from communique.models.student.network import Floats
from communique.models.student.tokens import Numbers

Targets = Mapping[str, Array]
"""By task: probabilities to be learnt [paragraphs × labels], a row of nan where nothing is."""
EMBEDDING_DROPOUT = 0.1
POOL = 50
"""Batches whose rows are sorted by length together: shuffled enough, and little padding."""


class Learner(nn.Module):
    """The student as torch learns it; `network.Network` computes the same from its weights."""

    def __init__(self, embeddings: Floats, labels: int, config: StudentConfig) -> None:
        super().__init__()
        tokens, dimensions = embeddings.shape
        self.padding, self._dropout = tokens, config.dropout
        self.embeddings = nn.Embedding(tokens + 1, dimensions, padding_idx=tokens)
        with torch.no_grad():
            self.embeddings.weight[:tokens] = torch.from_numpy(embeddings)
        self.patterns = nn.ModuleDict(
            {str(w): nn.Conv1d(dimensions, config.patterns, w, padding=w // 2) for w in config.widths}
        )
        self.hidden = nn.Linear(config.patterns * len(config.widths) + dimensions, config.hidden)
        self.output = nn.Linear(config.hidden, labels)

    def forward(self, ids: Tensor) -> Tensor:
        """Score token ids [paragraphs × tokens], padded with `padding`."""
        known = ids != self.padding
        embedded = F.dropout(self.embeddings(ids), EMBEDDING_DROPOUT, self.training)
        found = []
        for convolution in self.patterns.values():
            matches = F.relu(convolution(embedded.transpose(1, 2)))[:, :, : ids.shape[1]]
            found.append((matches * known[:, None]).amax(dim=2))
        sums = embedded.sum(dim=1) / known.sum(dim=1, keepdim=True).clamp(min=1).sqrt()
        pooled = F.dropout(torch.cat([*found, sums], dim=1), self._dropout, self.training)
        scores: Tensor = self.output(F.dropout(F.relu(self.hidden(pooled)), self._dropout, self.training))
        return scores

    def weights(self) -> dict[str, Floats]:
        """Give what was learnt as `Network` takes it."""
        tensors: dict[str, Tensor] = {"embeddings": self.embeddings.weight[: self.padding]}
        for width in self.patterns:
            convolution = cast(nn.Conv1d, self.patterns[width])
            tensors[f"patterns.{width}"] = convolution.weight.permute(2, 1, 0)
            tensors[f"patterns.{width}.bias"] = cast(Tensor, convolution.bias)
        for name in ("hidden", "output"):
            layer = getattr(self, name)
            tensors |= {name: layer.weight.T, f"{name}.bias": layer.bias}
        return {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in tensors.items()}


def fit(
    embeddings: Floats,
    rows: Sequence[Numbers],
    targets: Targets,
    codebook: Codebook,
    config: StudentConfig,
    seed: int,
) -> dict[str, Floats]:
    """Fit to the targets; the learning rate rises over a tenth of the steps and then falls (Smith & Topin 2019)."""
    torch.manual_seed(seed)
    learner = Learner(embeddings, sum(len(task.names) for task in codebook.tasks.values()), config)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=config.learning_rate, weight_decay=0.0, fused=True)
    steps = config.epochs * -(-len(rows) // config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=steps + 1, pct_start=0.1
    )
    wanted = {name: torch.from_numpy(values).float() for name, values in targets.items()}
    for chosen in track(_batches(rows, config, seed), "the student learns", steps, transient=True):
        logits = learner(padded([rows[i] for i in chosen], learner.padding))
        loss = _loss(logits, {name: values[chosen] for name, values in wanted.items()}, codebook)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return learner.weights()


def padded(rows: Sequence[Numbers], padding: int) -> Tensor:
    """Stack token ids to [paragraphs × tokens of the longest, one at least]."""
    ids = torch.full((len(rows), max(1, *map(len, rows))), padding)
    for row, values in zip(ids, rows, strict=True):
        row[: len(values)] = torch.from_numpy(values)
    return ids


def _batches(rows: Sequence[Numbers], config: StudentConfig, seed: int) -> Iterator[Numbers]:
    """Give batches of like length in random order, every row once an epoch."""
    random = np.random.default_rng(seed)
    lengths = np.array([len(row) for row in rows])
    for _ in range(config.epochs):
        order = random.permutation(len(rows))
        pools = [order[i : i + POOL * config.batch_size] for i in range(0, len(order), POOL * config.batch_size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        starts = np.arange(0, len(order), config.batch_size)
        yield from (order[start : start + config.batch_size] for start in random.permutation(starts))


def _loss(logits: Tensor, targets: Mapping[str, Tensor], codebook: Codebook) -> Tensor:
    """Sum the tasks' cross-entropies with the targets, each averaged over the paragraphs that have one."""
    losses = []
    split = torch.split(logits, [values.shape[1] for values in targets.values()], dim=1)
    for (name, wanted), scores in zip(targets.items(), split, strict=True):
        known = ~wanted.isnan().any(dim=1)
        if codebook.tasks[name].kind is TaskKind.multilabel:
            errors = F.binary_cross_entropy_with_logits(scores, wanted.nan_to_num(), reduction="none").sum(dim=1)
        else:
            errors = F.cross_entropy(scores, wanted.nan_to_num(), reduction="none")
        losses.append((errors * known).sum() / known.sum().clamp(min=1))
    return torch.stack(losses).sum()
