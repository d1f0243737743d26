"""Train one model on one corpus: fit, report, log, register."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from communique.config import ROOT, Runtime, StudentConfig, TrainConfig, plain
from communique.corpora import Corpus, load_corpus
from communique.evaluation import Report, mean_macro_f1, report
from communique.forms import agreement
from communique.lessons import lesson
from communique.mapping import Answers, read_as
from communique.models import Classifier, build, settled
from communique.printing import console, label_table, report_table
from communique.records import prediction_table
from communique.workspace import PROBE, fingerprint, fit_identity, origins, workspace

if TYPE_CHECKING:
    from communique.tracking import Run

CHECKPOINTS = ROOT / "outputs" / "checkpoints"
EXAMPLES = 2
"""Paragraphs of the training split that are logged with the model as its input example."""
LOGGING = ("tracking", "experiment")
"""Sections of the configuration that only say where and as what a run is logged."""


def train(config: TrainConfig, *, in_sweep: bool = False) -> None:
    """Train as configured and log all of it to MLflow; whatever is wrong with the input ends it before a run starts.

    A sweep's job does nothing where its finished run is in MLflow already. A student's teacher is trained before it,
    in a run of its own, where that has not been done.
    """
    corpus = load_corpus(config.corpus)
    transfers = [load_corpus({name: other}) for name, other in config.transfer.items()]
    config = _settled(config)
    asked = plain(config)
    made_by = origins(asked["model"])
    tags = _tags(asked, corpus, transfers, made_by)  # an InputError about a transfer now and not after the training
    from communique.tracking import start_run  # MLflow, once the corpora are known to be good

    name = f"{config.model.kind}-{corpus.name}-{config.seed}"
    if in_sweep and _finished(name, tags, asked, corpus, config):
        return
    taught_with = lesson(config, corpus, train)
    identity = fit_identity(asked, corpus.digest)
    with workspace(CHECKPOINTS, identity) as folder:
        classifier = build(config.model, config.calibration, corpus.codebook, config.seed, folder, taught_with)
        console.rule(name)
        with start_run(config.tracking, name, asked, in_sweep=in_sweep) as run:
            run.log_tags(tags)
            run.log_corpus(corpus)
            test, outcome = _run(classifier, corpus, transfers, config, identity, run)
    console.print(report_table(test, f"{name}: test split, {len(corpus.test)} paragraphs"))
    if not in_sweep:
        console.print(label_table(test))
    console.print(f"{outcome}\nThe run (make ui shows it): {run.link}", soft_wrap=True)


def _settled(config: TrainConfig) -> TrainConfig:
    """Put what is fastest on this machine in the place of each `auto`, and say so."""
    model = settled(config.model, PROBE)
    if model != config.model:
        trained = model.teacher if isinstance(model, StudentConfig) else model
        way = {key: value.value for key, value in vars(trained).items() if key in {"precision", "attention"}}
        console.print(f"Fastest on this machine ({PROBE.relative_to(ROOT)}): {way}", soft_wrap=True)
    return replace(config, model=model)


def _tags(
    asked: Mapping[str, Any], corpus: Corpus, transfers: Sequence[Corpus], made_by: Mapping[str, Any]
) -> dict[str, str]:
    """Sum up what a run's outcome depends on, to know it again: what was asked of which data; which code did it."""
    outcome = {key: value for key, value in asked.items() if key not in LOGGING}
    outcome["digests"] = {
        "corpus": corpus.digest,
        "files": made_by["files"],
        # A map between codebooks is in no digest of a corpus.
        "transfer": {other.name: [other.digest, other.codebook.read(corpus.codebook)] for other in transfers},
    }
    return {"configuration": fingerprint(outcome), "origins": fingerprint(made_by)}


def _finished(
    name: str, tags: Mapping[str, str], asked: Mapping[str, Any], corpus: Corpus, config: TrainConfig
) -> bool:
    """Tell whether the job's finished run is in the store, and say so. Its model may still become the champion."""
    from communique.tracking import promote, take_finished

    found = take_finished(tags, asked, config.tracking)
    if found is None:
        return False
    outcome = promote(found.version, found.score, corpus.digest, config.tracking)
    skip = config.tracking.skip_finished.value
    console.print(f"{name} is finished: run {found.run} (tracking.skip_finished={skip}). {outcome}", soft_wrap=True)
    return True


def _run(
    classifier: Classifier,
    corpus: Corpus,
    transfers: Sequence[Corpus],
    config: TrainConfig,
    identity: Mapping[str, Any],
    run: "Run",
) -> tuple[Report, str]:
    """Do what the run is for; gives the test split's report, and what became of the model."""
    classifier, version = _fitted(classifier, corpus, config, identity, run)
    score = mean_macro_f1(_report(classifier, corpus, "validation", config, run))
    test = _report(classifier, corpus, "test", config, run)
    run.log_metrics({"validation/mean_macro_f1": score})
    outcome = _register(classifier, version, corpus, config, score, run)
    for other in transfers:
        _transfer(classifier, other, config, run)
    return test, outcome


def _fitted(
    classifier: Classifier, corpus: Corpus, config: TrainConfig, identity: Mapping[str, Any], run: "Run"
) -> tuple[Classifier, str | None]:
    """Fit the model; or take that of a finished run whose fit was the same, with the version it is registered as."""
    from communique.tracking import expected_seconds, find_fit

    fit = fingerprint(identity)
    if config.tracking.reuse and (found := find_fit(fit, Runtime.torch, config.tracking)):
        run.log_metrics(found.costs)
        run.log_tags({"fit_of": found.run})
        console.print(f"Taking the model of run {found.run}, which was fitted in the same way (tracking.reuse=true).")
        return found.classifier, found.version
    seconds = expected_seconds(config.tracking, config.model.kind, corpus.digest)
    last = "The first run of its kind" if seconds is None else f"The last run of its kind took {seconds:,.0f} s"
    console.print(f"Training on {corpus}. {last}.", soft_wrap=True)
    run.log_metrics(_fit(classifier, corpus))
    run.log_tags({"fit": fit})
    return classifier, None


def _fit(classifier: Classifier, corpus: Corpus) -> dict[str, float]:
    """Fit, and give what it cost: seconds, and paragraphs a second on the validation split."""
    started = time.perf_counter()
    classifier.fit(corpus.train, corpus.validation)
    fitted = time.perf_counter()
    classifier.predict(corpus.validation)
    rate = len(corpus.validation) / (time.perf_counter() - fitted)
    return {"cost/train_seconds": fitted - started, "cost/paragraphs_per_second": rate}


def _register(
    classifier: Classifier, version: str | None, corpus: Corpus, config: TrainConfig, score: float, run: "Run"
) -> str:
    """Log and register the model and how its forms agree, unless that is done; then see whether it becomes champion."""
    from communique.tracking import log_model, promote

    if version is None:
        with TemporaryDirectory(prefix="communique-") as name:
            classifier.save(folder := Path(name))
            run.log_metrics(agreement(classifier, folder, corpus.validation, config.evaluation))
            version = log_model(classifier, folder, [p.text for p in corpus.train[:EXAMPLES]], config.tracking)
    outcome = promote(version, score, corpus.digest, config.tracking)
    uri = f"models:/{config.tracking.registered_model}/{version}"
    return f"{outcome}\nUse it: python src/predict.py input=FOLDER output=FILE.jsonl model_uri={uri}"


def _report(classifier: Classifier, corpus: Corpus, split: str, config: TrainConfig, run: "Run") -> Report:
    """Predict a split, and log its scores, pictures and predictions."""
    probabilities = classifier.predict(corpus.splits[split])
    return _log(corpus, split, split, (probabilities, classifier.decide(probabilities)), config, run)


def _transfer(classifier: Classifier, corpus: Corpus, config: TrainConfig, run: "Run") -> None:
    """Measure the model on a corpus it was not trained on, its answers read in that corpus's labels."""
    split = config.transfer_split.value
    probabilities = classifier.predict(corpus.splits[split])
    answers = read_as(classifier.codebook, probabilities, classifier.decide(probabilities), corpus.codebook)
    scores = _log(corpus, split, f"transfer/{corpus.name}/{split}", answers, config, run)
    run.log_tags({f"corpus_digest/{corpus.name}": corpus.digest})
    console.print(report_table(scores, f"on {corpus.name}, {split} split, {len(corpus.splits[split])} paragraphs"))


def _log(corpus: Corpus, split: str, place: str, answers: Answers, config: TrainConfig, run: "Run") -> Report:
    paragraphs = corpus.splits[split]
    scores = report(paragraphs, corpus.codebook, *answers, config.evaluation)
    run.log_report(place, scores)
    run.log_predictions(place, paragraphs, prediction_table(corpus.codebook, *answers, all_probabilities=True))
    return scores
