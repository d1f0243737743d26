"""What an interrupted training goes on from: checkpoints that are known to be whole."""

import shutil
from pathlib import Path

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

MARKER = "complete"


class MarkComplete(TrainerCallback):
    """Puts a marker into each checkpoint once all of it is written.

    Trainer itself takes a half-written checkpoint for a whole one when it looks for the last (transformers#35782).
    """

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object) -> None:
        """Mark the checkpoint that was just written."""
        del control, kwargs
        (Path(str(args.output_dir)) / f"checkpoint-{state.global_step}" / MARKER).touch()


def last_complete(folder: Path) -> Path | None:
    """Find the newest whole checkpoint, and remove the half-written ones, so that nobody takes them for whole."""
    complete = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / MARKER).exists():
            complete.append(checkpoint)
        else:
            shutil.rmtree(checkpoint)
    return max(complete, key=lambda checkpoint: int(checkpoint.name.rpartition("-")[2]), default=None)
