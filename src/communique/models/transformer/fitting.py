"""Fine-tuning with Hugging Face's Trainer: the best epoch on the validation split, and going on after a stop."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from sklearn.metrics import average_precision_score, f1_score
from transformers import (
    EvalPrediction,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from communique.codebook import Codebook, Task, TaskKind
from communique.config import Precision, TransformerConfig
from communique.models.calibration import Array
from communique.models.transformer.checkpoints import MarkComplete, last_complete
from communique.models.transformer.network import GOLD_PREFIX, Network, parameter_groups
from communique.models.transformer.progress import ProgressBar
from communique.models.transformer.runtimes import device
from communique.models.transformer.tokens import token_ids
from communique.paragraphs import UNKNOWN_CLASS, Paragraph, gold_array, label_shares

SCORE = "score"


def fit(
    network: Network,
    tokenizer: PreTrainedTokenizerBase,
    train: Sequence[Paragraph],
    validation: Sequence[Paragraph],
    *,
    codebook: Codebook,
    config: TransformerConfig,
    seed: int,
    workspace: Path,
) -> None:
    """Train the network in place; `workspace` keeps the checkpoints until all is done."""
    shares = {name: label_shares(train, name, task) for name, task in codebook.tasks.items()}
    network.start_at({name: torch.from_numpy(share) for name, share in shares.items()})
    optimizer = torch.optim.AdamW(
        parameter_groups(
            network,
            {"encoder": config.learning_rate, "heads": config.head_learning_rate},
            config.weight_decay,
        ),
        fused=True,
    )
    bar = ProgressBar(SCORE)
    trainer = Trainer(
        model=network,
        args=_arguments(config, codebook, seed, workspace),
        train_dataset=_dataset(train, tokenizer, codebook, config.max_tokens),
        # Evaluated in batches of like length; what the paragraphs' order is makes no difference to the score.
        eval_dataset=_dataset(sorted(validation, key=lambda p: len(p.text)), tokenizer, codebook, config.max_tokens),
        data_collator=_Collator(tokenizer),
        compute_metrics=lambda prediction: {SCORE: _score(prediction, codebook)},
        optimizers=(optimizer, None),
        callbacks=[MarkComplete(), bar],
    )
    trainer.remove_callback(PrinterCallback)
    checkpoint = last_complete(workspace)
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        bar.stop()
    # Trainer leaves the network in bf16 autocast, and the one that is saved would not be the one that was measured.
    trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
    shutil.rmtree(workspace)


def _arguments(config: TransformerConfig, codebook: Codebook, seed: int, workspace: Path) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(workspace),
        seed=seed,
        use_cpu=device().type == "cpu",
        bf16=config.precision is Precision.bf16,
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=64,
        warmup_steps=config.warmup_share,
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=SCORE,
        label_names=[GOLD_PREFIX + name for name in codebook.tasks],
        remove_unused_columns=False,
        logging_strategy="epoch",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _dataset(
    paragraphs: Sequence[Paragraph], tokenizer: PreTrainedTokenizerBase, codebook: Codebook, max_tokens: int
) -> Dataset:
    tokens = token_ids(tokenizer, paragraphs, max_tokens)
    gold = {GOLD_PREFIX + name: gold_array(paragraphs, name, task) for name, task in codebook.tasks.items()}
    return Dataset.from_dict({"input_ids": tokens, "length": [len(ids) for ids in tokens], **gold})


class _Collator:
    """Pads a batch to its longest paragraph and stacks the gold."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = self._tokenizer.pad({"input_ids": [row["input_ids"] for row in rows]}, return_tensors="pt")
        gold = {
            column: torch.tensor([row[column] for row in rows], dtype=torch.float32)
            for column in rows[0]
            if column.startswith(GOLD_PREFIX)
        }
        return {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], **gold}


def _score(prediction: EvalPrediction, codebook: Codebook) -> float:
    """Average over the tasks what chooses the best epoch.

    Average precision for multilabel tasks, since it needs no threshold and none is fitted yet; macro-F1 for others.
    """
    tasks = codebook.tasks.values()
    logits, gold = (
        # Trainer unwraps the logits and labels of a single task.
        arrays if isinstance(arrays, tuple) else (arrays,)
        for arrays in (prediction.predictions, prediction.label_ids)
    )
    return float(
        np.mean([_task_score(task, *pair) for task, pair in zip(tasks, zip(logits, gold, strict=True), strict=True)])
    )


def _task_score(task: Task, logits: Array, gold: Array) -> float:
    if task.kind is TaskKind.multilabel:
        known = ~np.isnan(gold).any(axis=1)
        occurring = gold[known].any(axis=0)
        if not occurring.any():
            return 0.0
        return float(average_precision_score(gold[known][:, occurring], logits[known][:, occurring], average="macro"))
    known = gold != UNKNOWN_CLASS
    return float(f1_score(gold[known], logits[known].argmax(axis=1), average="macro")) if known.any() else 0.0
