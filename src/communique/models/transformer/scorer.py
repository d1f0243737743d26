"""The transformer as a Scorer: build, fit, score, save, load."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from communique.codebook import Codebook
from communique.config import Attention, Pooling, Precision, Runtime, TransformerConfig
from communique.errors import InputError
from communique.models.calibration import Array
from communique.models.classifier import Vocabulary
from communique.models.transformer.batches import TOKENS, padded, token_batches
from communique.models.transformer.network import Network
from communique.models.transformer.onnx_form import export, onnx_forward
from communique.models.transformer.pretrained import locate, shape_of
from communique.models.transformer.runtimes import choose, torch_forward, workers
from communique.models.transformer.tokens import token_ids, token_vectors
from communique.paragraphs import Paragraph

SETTINGS_FILE = "transformer.json"
WEIGHTS_FILE = "network.safetensors"
WINDOW = 8192
"""Paragraphs that are sorted by length together."""
ENCODER_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout")
"""What the encoders' configurations call it: the first two BERT and its kin, the others DistilBERT and its."""

transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


class Transformer:
    """A pretrained encoder, fine-tuned with a head per task."""

    calibrated = True
    runtime = Runtime.torch.value
    """A model that was just fitted is itself; a loaded one may be in a faster form."""

    def __init__(self, codebook: Codebook, config: TransformerConfig, seed: int, workspace: Path) -> None:
        self._codebook, self._config, self._seed, self._workspace = codebook, config, seed, workspace
        if config.precision is Precision.auto or config.attention is Attention.auto:
            raise ValueError("precision and attention are to be settled before a transformer is built")
        transformers.set_seed(seed)
        origin, shape = locate(config.checkpoint), shape_of(config.checkpoint)
        for key in ENCODER_DROPOUTS:
            if hasattr(shape, key):
                setattr(shape, key, config.encoder_dropout)
        try:
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
        self._network: Network | None = Network(encoder, codebook, config.pooling, config.dropout)

    @property
    def parts(self) -> tuple[Network, PreTrainedTokenizerBase, int]:
        """The network, its tokenizer and the tokens it reads at most: for who wants to run it in another way."""
        if self._network is None:
            raise ValueError("a model that was loaded in its int8 form has no network")
        return self._network, self._tokenizer, self._max_tokens

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Fine-tune, and keep the weights of the epoch that did best on `validation`."""
        # Trainer and datasets take seconds to import, and scoring does without them.
        from communique.models.transformer.fitting import fit

        if self._network is None:
            raise ValueError("a model that was loaded in its int8 form can't be fitted")
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
        self._forward = torch_forward(self._network, torch.float32)

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Score; while one window of paragraphs is computed, the next one's texts become tokens."""
        scores = {name: np.zeros((len(paragraphs), len(task.names))) for name, task in self._codebook.tasks.items()}
        starts = range(0, len(paragraphs), WINDOW)
        with ThreadPoolExecutor(1) as ahead, workers() as pool:
            windows = [ahead.submit(self._tokens, paragraphs[start : start + WINDOW]) for start in starts[:1]]
            for start in starts:
                tokens = windows.pop().result()
                following = paragraphs[start + WINDOW : start + 2 * WINDOW]
                windows.append(ahead.submit(self._tokens, following))
                batches = list(token_batches([len(ids) for ids in tokens], TOKENS, pool.size))
                stacked = (padded([tokens[i] for i in rows], self._tokenizer.pad_token_id) for rows in batches)
                for rows, logits in zip(batches, pool.map(self._forward, stacked), strict=True):
                    for name, values in logits.items():
                        scores[name][[start + i for i in rows]] = values
        return scores

    def _tokens(self, paragraphs: Sequence[Paragraph]) -> list[list[int]]:
        return token_ids(self._tokenizer, paragraphs, self._max_tokens)

    def vocabulary(self) -> Vocabulary:
        """Give the tokenizer, and for each token the mean of the encoder's states where it stands alone."""
        if self._network is None:
            raise ValueError("a model that was loaded in its int8 form has no encoder to ask")
        vectors = token_vectors(self._network.encoder, self._tokenizer)
        return Vocabulary(self._tokenizer.backend_tokenizer.to_str(), vectors)

    def save(self, folder: Path) -> None:
        """Write weights (safetensors), tokenizer, the encoder's configuration, what the network adds, its int8 form."""
        if self._network is None or self.runtime != Runtime.torch.value:
            raise ValueError(f"a model that runs as {self.runtime} has lost what it would have to save")
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
        export(self._network, folder)

    @classmethod
    def load(cls, folder: Path, codebook: Codebook, runtime: Runtime) -> Self:
        """Read back what `save` wrote; the result scores, it can't be fitted further."""
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        loaded = cls.__new__(cls)
        loaded._codebook, loaded._max_tokens = codebook, settings["max_tokens"]
        loaded._tokenizer = AutoTokenizer.from_pretrained(folder)
        chosen, loaded._network = choose(runtime, folder), None
        loaded.runtime = chosen.value
        if chosen is Runtime.onnx:
            loaded._forward = onnx_forward(folder, list(codebook.tasks))
            return loaded
        shape = AutoConfig.from_pretrained(folder)
        encoder = AutoModel.from_config(shape, attn_implementation=settings["attention"], dtype=torch.float32)  # type: ignore[no-untyped-call]
        loaded._network = Network(encoder, codebook, Pooling(settings["pooling"]), dropout=0.0)
        loaded._network.load_state_dict(load_file(folder / WEIGHTS_FILE))
        precision = torch.bfloat16 if chosen is Runtime.bf16 else torch.float32
        loaded._forward = torch_forward(loaded._network, precision)
        return loaded
