"""TF-IDF: fit and predict, against the same n-grams in scikit-learn with its defaults."""

from pathlib import Path

from communique.benchmarks.comparing import label, macro_f1
from communique.benchmarks.rows import Row
from communique.benchmarks.setting import Setting
from communique.benchmarks.turns import durations, in_turn, speeds, timed
from communique.models import Classifier, build

PEER = "scikit-learn with its defaults"


def ngrams(setting: Setting) -> list[Row]:
    """Fit both on the whole training split, then label with both as they were fitted last."""
    from communique.benchmarks.peers.scikit_learn import sklearn_defaults

    config, corpus = setting.config, setting.corpus
    turns = range(config.repeats)
    fits = in_turn(
        # TF-IDF keeps nothing to go on from, so that no folder is needed.
        lambda _: _fitted(setting, build(config.tfidf, config.calibration, corpus.codebook, config.seed, Path())),
        lambda _: _fitted(setting, sklearn_defaults(corpus.codebook, config.tfidf, config.calibration)),
        turns,
    )
    (_, ours), (_, peer) = fits[-1]
    paragraphs = setting.paragraphs(config.ngrams.paragraphs)
    labelled = in_turn(
        lambda _: timed(lambda: label(ours, paragraphs)), lambda _: timed(lambda: label(peer, paragraphs)), turns
    )
    f1_ours, f1_peer = (macro_f1(setting, corpus.codebook, answers) for _, answers in labelled[-1])
    known = config.task in f1_ours
    conditions = {"macro-F1 not lower": known and f1_ours[config.task] >= f1_peer[config.task]}
    fitting = durations([own[0] for own, _ in fits], [other[0] for _, other in fits])
    labelling = speeds(len(paragraphs), [own[0] for own, _ in labelled], [other[0] for _, other in labelled])
    goal = config.ngrams.goal
    scores, points = (f1_ours, f1_peer, conditions), {"points": {"ours": "tfidf", "peer": PEER}}
    return [
        Row(f"TF-IDF: fitting on {len(corpus.train):,} paragraphs", PEER, fitting, goal, *scores),
        Row(f"TF-IDF: labelling {len(paragraphs):,} paragraphs", PEER, labelling, goal, *scores, points),
    ]


def _fitted(setting: Setting, classifier: Classifier) -> tuple[float, Classifier]:
    """Time the scorer's fit, then calibrate."""
    seconds, _ = timed(lambda: classifier.scorer.fit(setting.corpus.train, setting.corpus.validation))
    classifier.calibrate(setting.corpus.validation)
    return seconds, classifier
