"""The transformer as a Scorer: build, fit, score, save, load."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from communique.codebook import Codebook
from communique.config import Pooling, TransformerConfig
from communique.errors import InputError
from communique.models.calibration import Array
from communique.models.transformer.network import Network
from communique.models.transformer.pretrained import locate
from communique.models.transformer.tokens import token_ids
from communique.paragraphs import Paragraph

SETTINGS_FILE = "transformer.json"
WEIGHTS_FILE = "network.safetensors"
BATCH_SIZE = 32
ENCODER_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout")
"""What the encoders' configurations call it: the first two BERT and its kin, the others DistilBERT and its."""

transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


class Transformer:
    """A pretrained encoder, fine-tuned with a head per task."""

    calibrated = True

    def __init__(self, codebook: Codebook, config: TransformerConfig, seed: int, workspace: Path) -> None:
        self._codebook, self._config, self._seed, self._workspace = codebook, config, seed, workspace
        transformers.set_seed(seed)
        origin = locate(config.checkpoint)
        try:
            shape = AutoConfig.from_pretrained(origin)
            for key in ENCODER_DROPOUTS:
                if hasattr(shape, key):
                    setattr(shape, key, config.encoder_dropout)
            encoder = AutoModel.from_pretrained(
                origin, config=shape, attn_implementation=config.attention.value, dtype=torch.float32
            )
            self._tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(origin)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"model.checkpoint={config.checkpoint} can't be loaded: {reason}") from error
        longest = getattr(encoder.config, "max_position_embeddings", None)
        if longest is not None and config.max_tokens > longest:
            raise InputError(f"model.max_tokens must be at most {longest} for {config.checkpoint}")
        self._max_tokens = config.max_tokens
        encoder.get_input_embeddings().requires_grad_(not config.freeze_embeddings)
        self._network = Network(encoder, codebook, config.pooling, config.dropout)

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Fine-tune, and keep the weights of the epoch that did best on `validation`."""
        # Trainer and datasets take seconds to import, and scoring does without them.
        from communique.models.transformer.fitting import fit

        fit(
            self._network,
            self._tokenizer,
            train,
            validation,
            codebook=self._codebook,
            config=self._config,
            seed=self._seed,
            workspace=self._workspace,
        )

    @torch.inference_mode()
    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Score in batches of paragraphs of like length, in fp32, so that every machine gives the same labels."""
        network = self._network.eval()
        device = next(network.parameters()).device
        tokens = token_ids(self._tokenizer, paragraphs, self._max_tokens)
        order = sorted(range(len(paragraphs)), key=lambda i: len(tokens[i]))
        scores = {name: np.zeros((len(paragraphs), len(task.names))) for name, task in self._codebook.tasks.items()}
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            batch = self._tokenizer.pad({"input_ids": [tokens[i] for i in rows]}, return_tensors="pt").to(device)
            logits = network(batch["input_ids"], batch["attention_mask"])
            for name, values in logits.items():
                scores[name][rows] = values.cpu().numpy()
        return scores

    def save(self, folder: Path) -> None:
        """Write weights (safetensors), tokenizer, the encoder's configuration and what the network adds to it."""
        save_file(
            {key: value.contiguous() for key, value in self._network.state_dict().items()},
            folder / WEIGHTS_FILE,
        )
        self._tokenizer.save_pretrained(folder)
        self._network.encoder.config.save_pretrained(folder)
        settings = {
            "pooling": self._network.pooling.value,
            "max_tokens": self._max_tokens,
            "attention": self._network.encoder.config._attn_implementation,
        }
        (folder / SETTINGS_FILE).write_text(json.dumps(settings), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook) -> Self:
        """Read back what `save` wrote; the result scores, it can't be fitted further."""
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        loaded = cls.__new__(cls)
        loaded._codebook, loaded._max_tokens = codebook, settings["max_tokens"]
        loaded._tokenizer = AutoTokenizer.from_pretrained(folder)
        shape = AutoConfig.from_pretrained(folder)
        encoder = AutoModel.from_config(shape, attn_implementation=settings["attention"], dtype=torch.float32)  # type: ignore[no-untyped-call]
        loaded._network = Network(encoder, codebook, Pooling(settings["pooling"]), dropout=0.0)
        loaded._network.load_state_dict(load_file(folder / WEIGHTS_FILE))
        return loaded
