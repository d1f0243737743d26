"""Labelling: the transformer and the student against a pipeline on the transformer's weights, and the matrix peak."""

from collections.abc import Mapping
from dataclasses import dataclass

from communique.benchmarks.comparing import equal_labels, equal_paragraphs, label, macro_f1
from communique.benchmarks.rows import Row
from communique.benchmarks.setting import Setting
from communique.benchmarks.turns import SPEED, Pairs, in_turn, speeds, timed
from communique.config import Runtime
from communique.mapping import Answers
from communique.models import Classifier
from communique.paragraphs import Paragraph


def labelling(setting: Setting) -> list[Row]:
    """Hold the transformer against the pipeline in batches, one by one, and against the matrix peak."""
    from communique.benchmarks.peers.pipeline import as_pipeline

    config, kind = setting.config.labelling, setting.config.transformer.kind
    ours, weights = setting.model(kind, Runtime.auto), setting.model(kind, Runtime.torch)
    paragraphs = setting.paragraphs(config.paragraphs)
    few = paragraphs[: config.one_by_one]
    what = f"labelling {len(paragraphs):,} paragraphs, {kind} (runtime {ours.runtime})"
    batches = _measure(ours, as_pipeline(weights, config.batch_size), paragraphs, setting)
    one_by_one = _measure(ours, as_pipeline(weights, None), few, setting)
    in_batches = f"transformers.pipeline, batches of {config.batch_size}"
    points = {"ours": kind, "peer": f"{kind} in a pipeline"}
    return [
        batches.row(what, in_batches, config.goal, setting, config.f1_lost, equal=config.equal_labels, points=points),
        one_by_one.row(
            f"labelling {len(few):,} paragraphs, {kind} (runtime {ours.runtime})",
            "transformers.pipeline, one at a time",
            config.goal_one_by_one,
            setting,
        ),
        _against_peak(what, ours, weights, paragraphs, setting),
    ]


def student(setting: Setting) -> list[Row]:
    """Hold the student against the pipeline in batches."""
    from communique.benchmarks.peers.pipeline import as_pipeline

    config, kind = setting.config.labelling, setting.config.student
    ours = setting.model(kind, Runtime.auto)
    peer = as_pipeline(setting.model(setting.config.transformer.kind, Runtime.torch), config.batch_size)
    paragraphs = setting.paragraphs(config.paragraphs)
    measured = _measure(ours, peer, paragraphs, setting)
    name = f"transformers.pipeline, batches of {config.batch_size}, on the transformer"
    what = f"labelling {len(paragraphs):,} paragraphs, {kind}"
    return [
        measured.row(what, name, config.goal_student, setting, config.f1_lost_student, points={"ours": kind}),
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    """The speeds of both, and what they answered in the last turn."""

    pairs: Pairs
    ours: Answers
    peer: Answers

    def row(
        self,
        what: str,
        peer_name: str,
        goal: float,
        setting: Setting,
        lost: float | None = None,
        *,
        equal: float | None = None,
        points: Mapping[str, str] | None = None,
    ) -> Row:
        """Make the row; `lost` is the macro-F1 that may be lost, `equal` the share of decisions that must be equal.

        `points` are what the sides are called in the picture of costs.
        """
        f1_ours, f1_peer = (macro_f1(setting, setting.corpus.codebook, side) for side in (self.ours, self.peer))
        same = equal_labels(self.ours[1], self.peer[1])
        conditions = {}
        if lost is not None:
            task = setting.config.task
            known = task in f1_ours  # else the condition can't be said to hold
            conditions[f"at most {lost:g} of macro-F1 lost"] = known and f1_ours[task] >= f1_peer[task] - lost
        if equal is not None:
            conditions[f"at least {equal:.0%} of labels equal"] = same >= equal
        extra = {"equal_labels": same, "equal_paragraphs": equal_paragraphs(self.ours[1], self.peer[1])}
        return Row(what, peer_name, self.pairs, goal, f1_ours, f1_peer, conditions, extra | {"points": points or {}})


def _measure(ours: Classifier, peer: Classifier, paragraphs: list[Paragraph], setting: Setting) -> _Measured:
    first = paragraphs[: setting.config.labelling.warm_up]
    label(ours, first)
    label(peer, first)
    done = in_turn(
        lambda _: timed(lambda: label(ours, paragraphs)),
        lambda _: timed(lambda: label(peer, paragraphs)),
        range(setting.config.repeats),
    )
    pairs = speeds(len(paragraphs), [own[0] for own, _ in done], [other[0] for _, other in done])
    (_, ours_answers), (_, peer_answers) = done[-1]
    return _Measured(pairs, ours_answers, peer_answers)


def _against_peak(
    what: str, ours: Classifier, weights: Classifier, paragraphs: list[Paragraph], setting: Setting
) -> Row:
    """Compare with the paragraphs a second that the peak allows, were there nothing but the encoder's matrices."""
    from communique.benchmarks.peers.peak import Shape, flop_per_paragraph, matrix_peak, number_format, token_lengths
    from communique.models.transformer import Transformer

    if not isinstance(weights.scorer, Transformer):
        raise TypeError(f"expected a transformer, but got a {weights.kind}")
    shape = Shape.of(weights.scorer)
    lengths = token_lengths(weights.scorer, paragraphs)
    cost = flop_per_paragraph(shape, lengths)
    done = in_turn(
        lambda _: len(paragraphs) / timed(lambda: label(ours, paragraphs))[0],
        lambda _: matrix_peak(shape, ours.runtime, setting.config.labelling.peak_seconds),
        range(setting.config.repeats),
    )
    peaks = [peak for _, peak in done]
    pairs = Pairs([speed for speed, _ in done], [peak / cost for peak in peaks], SPEED, more_is_better=True)
    name = f"what the matrix peak in {number_format(ours.runtime)} allows"
    extra = {"peak_flop_per_second": peaks, "flop_per_paragraph": cost, "mean_tokens": sum(lengths) / len(lengths)}
    return Row(what, name, pairs, setting.config.labelling.goal_peak, extra=extra)
