"""The peer in fine-tuning: Hugging Face's Trainer with its defaults, on the same checkpoint."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
import transformers
from torch import nn
from transformers import AutoModel, DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

from communique.codebook import Codebook
from communique.config import CalibrationConfig, TransformerConfig
from communique.models import Classifier
from communique.models.transformer import Transformer
from communique.models.transformer.network import GOLD_PREFIX, Network
from communique.models.transformer.pretrained import locate
from communique.models.transformer.runtimes import torch_forward
from communique.models.transformer.tokens import token_ids
from communique.paragraphs import Paragraph, gold_array


class TrainerDefaults(Transformer):
    """Our network and loss; the encoder, the heads' first weights and all of the training as they come by default.

    What the network is once it is fitted is scored as ours is, so that only the training makes a difference.
    """

    def __init__(self, codebook: Codebook, config: TransformerConfig, seed: int, workspace: Path) -> None:
        super().__init__(codebook, config, seed, workspace)
        transformers.set_seed(seed)
        network = Network(
            AutoModel.from_pretrained(locate(config.checkpoint)), codebook, config.pooling, config.dropout
        )
        for head in network.heads.values():
            cast(nn.Linear, head).reset_parameters()
        self._network = network

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Train for the configuration's epochs; there is no choosing of an epoch by default."""
        del validation
        network = self.parts[0]
        trainer = Trainer(
            model=network,
            args=TrainingArguments(
                output_dir=str(self._workspace),
                num_train_epochs=self._config.epochs,
                seed=self._seed,
                report_to="none",
                disable_tqdm=True,
                remove_unused_columns=False,  # by default it would drop the gold, which our network calls by its task
                dataloader_pin_memory=torch.cuda.is_available(),  # else it warns that there is nothing to pin
            ),
            train_dataset=self._rows(train),
            data_collator=DataCollatorWithPadding(self._tokenizer),
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        self._forward = torch_forward(network, torch.float32)

    def _rows(self, paragraphs: Sequence[Paragraph]) -> list[dict[str, object]]:
        """Give token ids and gold, a record a paragraph, as a dataset."""
        gold = {
            GOLD_PREFIX + name: gold_array(paragraphs, name, task).tolist()
            for name, task in self._codebook.tasks.items()
        }
        tokens = token_ids(self._tokenizer, paragraphs, self._max_tokens)
        return [
            {"input_ids": ids, **{name: values[i] for name, values in gold.items()}} for i, ids in enumerate(tokens)
        ]


def trainer_defaults(
    codebook: Codebook, config: TransformerConfig, calibration: CalibrationConfig, seed: int, workspace: Path
) -> Classifier:
    """Give the peer with our calibration and thresholds behind it."""
    scorer = TrainerDefaults(codebook, config, seed, workspace)
    return Classifier(codebook, scorer, "trainer", calibration.threshold_prior_rows)
