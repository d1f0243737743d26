"""The network: an encoder, a pooled vector a paragraph, a linear head per task, and the loss over what is labelled."""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 torch's own name for it
from transformers import PreTrainedModel

from communique.codebook import Codebook, TaskKind
from communique.config import Pooling
from communique.paragraphs import UNKNOWN_CLASS

GOLD_PREFIX = "gold_"


class Network(nn.Module):
    """Answers all tasks in one pass: {task: logits [paragraphs × labels]}, and a `loss` where gold is given."""

    def __init__(self, encoder: PreTrainedModel, codebook: Codebook, pooling: Pooling, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.kinds = {name: task.kind for name, task in codebook.tasks.items()}
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        heads = {name: nn.Linear(width, len(task.names)) for name, task in codebook.tasks.items()}
        for head in heads.values():
            nn.init.zeros_(head.weight)
        self.heads = nn.ModuleDict(heads)

    @torch.no_grad()
    def start_at(self, shares: Mapping[str, Tensor]) -> None:
        """Set the heads' biases so that every label starts at its share of the training split.

        At a zero bias every rare label would start at one half, and the encoder would spend the first epochs on pushing
        all of them down (the prior initialisation of Lin et al. 2017, section 4.1).
        """
        for name, share in shares.items():
            logits = share.logit() if self.kinds[name] is TaskKind.multilabel else share.log()
            cast(nn.Linear, self.heads[name]).bias.copy_(logits)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **gold: Tensor) -> dict[str, Tensor]:
        """Score token ids [paragraphs × tokens]; gold comes as `gold_<task>`, as of `gold_array`."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        pooled = self.dropout(_pool(states, attention_mask, self.pooling))
        logits: dict[str, Tensor] = {name: head(pooled).float() for name, head in self.heads.items()}
        if not gold:
            return logits
        losses = [task_loss(logits[name], gold[GOLD_PREFIX + name], kind) for name, kind in self.kinds.items()]
        return {"loss": torch.stack(losses).sum(), **logits}


def task_loss(logits: Tensor, gold: Tensor, kind: TaskKind) -> Tensor:
    """Average a task's loss over the paragraphs that are labelled for it; without any it is zero.

    multilabel: binary cross-entropy, summed over the labels, so that a rare label weighs as much in a batch as a
    multiclass task does; multiclass: cross-entropy.
    """
    if kind is TaskKind.multilabel:
        known = ~gold.isnan().any(dim=1)
        rows = F.binary_cross_entropy_with_logits(logits, gold.nan_to_num(), reduction="none").sum(dim=1)
    else:
        known = gold != UNKNOWN_CLASS
        rows = F.cross_entropy(logits, gold.long().clamp(min=0), reduction="none")
    return (rows * known).sum() / known.sum().clamp(min=1)


def _pool(states: Tensor, attention_mask: Tensor, pooling: Pooling) -> Tensor:
    if pooling is Pooling.first:
        return states[:, 0]
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(dim=1) / mask.sum(dim=1)


def parameter_groups(
    network: Network, learning_rates: Mapping[str, float], weight_decay: float
) -> list[dict[str, Any]]:
    """Group the parameters by learning rate (`encoder`, `heads`) and decay; vectors (biases, norms) don't decay."""
    groups = []
    for part, rate in learning_rates.items():
        for matrices in (True, False):
            chosen = [p for p in getattr(network, part).parameters() if p.requires_grad and (p.ndim > 1) is matrices]
            groups.append({"params": chosen, "lr": rate, "weight_decay": weight_decay if matrices else 0.0})
    return groups
