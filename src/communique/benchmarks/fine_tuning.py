"""Fine-tuning: ours as users get it against Trainer's defaults; both tasks in one model against a model each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from communique.benchmarks.comparing import label, macro_f1
from communique.benchmarks.rows import Row
from communique.benchmarks.setting import Setting
from communique.benchmarks.turns import durations, in_turn, speeds, timed
from communique.codebook import Codebook
from communique.config import TransformerConfig
from communique.models import Classifier, build
from communique.paragraphs import Paragraph


@dataclass(frozen=True, slots=True)
class _Fit:
    """What one or several fits took, what labelling the test split took then, and its macro-F1 by task."""

    train_seconds: float
    label_seconds: float
    f1: dict[str, float]


Sample = tuple[list[Paragraph], list[Paragraph]]
Make = Callable[[Codebook, int, Path], Classifier]
"""From codebook, seed and a folder for checkpoints to a classifier that is not fitted."""


def fine_tuning(setting: Setting) -> list[Row]:
    """Hold ours against Trainer on the same paragraphs, a turn a seed."""
    from communique.benchmarks.peers.trainer import trainer_defaults

    config, codebook = setting.config.fine_tuning, setting.corpus.codebook
    sample = setting.sample(pairs=True)

    def peer(codebook: Codebook, seed: int, folder: Path) -> Classifier:
        return trainer_defaults(codebook, _model(setting), setting.config.calibration, seed, folder)

    done = in_turn(
        lambda seed: _fit(setting, _ours(setting), codebook, seed, sample),
        lambda seed: _fit(setting, peer, codebook, seed, sample),
        config.seeds,
    )
    ours, theirs = [pair[0] for pair in done], [pair[1] for pair in done]
    pairs = durations([f.train_seconds for f in ours], [f.train_seconds for f in theirs])
    f1_ours, f1_peer, task = _mean_f1(ours), _mean_f1(theirs), setting.config.task
    values = {"ours": [f.f1[task] for f in ours], "peer": [f.f1[task] for f in theirs]}
    spread = {side: stdev(scores) for side, scores in values.items()}
    within = f1_ours[task] >= f1_peer[task] - spread["peer"]
    extra = {f"macro_f1_sd_{side}": sd for side, sd in spread.items()} | {"macro_f1_values": values}
    what = f"fine-tuning on {len(sample[0]):,} paragraphs, {config.epochs} epochs"
    conditions = {"macro-F1 within the peer's standard deviation, or better": within}
    return [Row(what, "Trainer with its defaults", pairs, config.goal, f1_ours, f1_peer, conditions, extra)]


def tasks(setting: Setting) -> list[Row]:
    """Hold one model for all tasks against a model for each, on paragraphs that are labelled for all.

    Those that ask for the stance toward a target are left out: a model of the action types wouldn't need them.
    """
    config, codebook = setting.config.fine_tuning, setting.corpus.codebook
    sample = setting.sample(pairs=False)
    single = [codebook.model_copy(update={"tasks": {name: task}, "maps": {}}) for name, task in codebook.tasks.items()]
    done = in_turn(
        lambda seed: _fit(setting, _ours(setting), codebook, seed, sample),
        lambda seed: _sum([_fit(setting, _ours(setting), one, seed, sample) for one in single]),
        config.tasks_seeds,
    )
    ours, theirs = [pair[0] for pair in done], [pair[1] for pair in done]
    trained = durations([f.train_seconds for f in ours], [f.train_seconds for f in theirs])
    n = len(setting.test)
    labelled = speeds(n, [f.label_seconds for f in ours], [f.label_seconds for f in theirs])
    what = f"{len(single)} tasks in one model: "
    name, scores = f"{len(single)} models, one task each", (_mean_f1(ours), _mean_f1(theirs))
    trained_on = f"fine-tuning on {len(sample[0]):,} paragraphs, {config.epochs} epochs"
    return [
        Row(what + trained_on, name, trained, config.goal_tasks, *scores),
        Row(f"{what}labelling {n:,} paragraphs", name, labelled, config.goal_tasks, *scores),
    ]


def _model(setting: Setting) -> TransformerConfig:
    return replace(setting.config.transformer, epochs=setting.config.fine_tuning.epochs)


def _ours(setting: Setting) -> Make:
    return lambda codebook, seed, folder: build(_model(setting), setting.config.calibration, codebook, seed, folder)


def _fit(setting: Setting, make: Make, codebook: Codebook, seed: int, sample: Sample) -> _Fit:
    """Time the scorer's fit alone; calibration and thresholds are fitted afterwards, for either side alike."""
    train, validation = sample
    with TemporaryDirectory(prefix="communique-") as folder:
        classifier = make(codebook, seed, Path(folder) / "work")
        train_seconds, _ = timed(lambda: classifier.scorer.fit(train, validation))
    classifier.calibrate(validation)
    label_seconds, answers = timed(lambda: label(classifier, setting.test))
    return _Fit(train_seconds, label_seconds, macro_f1(setting, codebook, answers))


def _sum(fits: Sequence[_Fit]) -> _Fit:
    scores = {name: score for fit in fits for name, score in fit.f1.items()}
    return _Fit(sum(fit.train_seconds for fit in fits), sum(fit.label_seconds for fit in fits), scores)


def _mean_f1(fits: Sequence[_Fit]) -> dict[str, float]:
    return {name: mean(fit.f1[name] for fit in fits) for name in fits[0].f1}
