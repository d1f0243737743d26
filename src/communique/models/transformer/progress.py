"""A progress bar for Trainer: steps, time left, and the last validation score."""

from typing import cast

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class ProgressBar(TrainerCallback):
    """Shows on the terminal what Trainer does; silent where the output is no terminal, but for a line an epoch."""

    def __init__(self, score: str) -> None:
        self._score = f"eval_{score}"
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            transient=True,
        )
        self._task = self._bar.add_task("training")

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Start the bar, at the step that is gone on from."""
        del args, control, kwargs
        if state.global_step:
            self._bar.console.print(f"  going on from step {state.global_step} of {state.max_steps}")
        self._bar.update(self._task, total=state.max_steps, completed=state.global_step)
        self._bar.start()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Move the bar."""
        del args, control, kwargs
        self._bar.update(self._task, completed=state.global_step)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Print the epoch's validation score, and which epoch is the best so far."""
        del control
        score, best = cast(dict[str, float], kwargs["metrics"])[self._score], state.best_metric
        note = "" if best is not None and score <= best else "  best so far"
        self._bar.console.print(f"  epoch {state.epoch:.0f}/{args.num_train_epochs:.0f}  validation {score:.3f}{note}")

    def stop(self) -> None:
        """Take the bar off the terminal, whether training ended well or not."""
        self._bar.stop()
