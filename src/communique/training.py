"""Train one model on one corpus: fit, report, log, register."""

import time
from typing import TYPE_CHECKING

from communique.config import ROOT, TrainConfig, plain
from communique.corpora import Corpus, load_corpus
from communique.evaluation import Report, mean_macro_f1, report
from communique.models import Classifier, build
from communique.printing import console, label_table, report_table
from communique.records import prediction_table
from communique.workspace import code_digest, workspace

if TYPE_CHECKING:
    from communique.tracking import Run

CHECKPOINTS = ROOT / "outputs" / "checkpoints"
EXAMPLES = 2
"""Paragraphs of the training split that are logged with the model as its input example."""


def train(config: TrainConfig, *, in_sweep: bool) -> None:
    """Train as configured and log all of it to MLflow; whatever is wrong with the input ends it before a run starts."""
    corpus = load_corpus(config.corpus)
    from communique.tracking import log_model, promote, start_run  # MLflow, once the corpus is known to be good

    asked = plain(config)
    name = f"{config.model.kind}-{corpus.name}-{config.seed}"
    identity = {"model": asked["model"], "seed": config.seed, "corpus": corpus.digest, "code": code_digest()}
    with workspace(CHECKPOINTS, identity) as folder:
        classifier = build(config.model, config.calibration, corpus.codebook, config.seed, folder)
        _announce(name, corpus, config)
        with start_run(config.tracking, name, asked, in_sweep=in_sweep) as run:
            run.log_corpus(corpus)
            run.log_metrics(_fit(classifier, corpus))
            validation = _report(classifier, corpus, "validation", config, run)
            test = _report(classifier, corpus, "test", config, run)
            score = mean_macro_f1(validation)
            run.log_metrics({"validation/mean_macro_f1": score})
            version = log_model(classifier, [p.text for p in corpus.train[:EXAMPLES]], config.tracking)
            outcome = promote(version, score, corpus.digest, config.tracking)
    console.print(report_table(test, f"{name}: test split, {len(corpus.test)} paragraphs"))
    if not in_sweep:
        console.print(label_table(test))
    uri = f"models:/{config.tracking.registered_model}/{version}"
    console.print(f"{outcome}\nThe run (make ui shows it): {run.link}", soft_wrap=True)
    console.print(f"Use it: python src/predict.py input=FOLDER output=FILE.jsonl model_uri={uri}", soft_wrap=True)


def _announce(name: str, corpus: Corpus, config: TrainConfig) -> None:
    from communique.tracking import expected_seconds

    seconds = expected_seconds(config.tracking, config.model.kind, corpus.digest)
    last = "The first run of its kind" if seconds is None else f"The last run of its kind took {seconds:,.0f} s"
    console.rule(name)
    console.print(f"Training on {corpus}. {last}.", soft_wrap=True)


def _fit(classifier: Classifier, corpus: Corpus) -> dict[str, float]:
    """Fit, and give what it cost: seconds, and paragraphs a second on the validation split."""
    started = time.perf_counter()
    classifier.fit(corpus.train, corpus.validation)
    fitted = time.perf_counter()
    classifier.predict(corpus.validation)
    rate = len(corpus.validation) / (time.perf_counter() - fitted)
    return {"cost/train_seconds": fitted - started, "cost/paragraphs_per_second": rate}


def _report(classifier: Classifier, corpus: Corpus, split: str, config: TrainConfig, run: "Run") -> Report:
    """Predict a split, and log its scores, pictures and predictions."""
    paragraphs = corpus.splits[split]
    probabilities = classifier.predict(paragraphs)
    decisions = classifier.decide(probabilities)
    scores = report(paragraphs, corpus.codebook, probabilities, decisions, config.evaluation)
    run.log_report(split, scores)
    table = prediction_table(corpus.codebook, probabilities, decisions, all_probabilities=True)
    run.log_predictions(split, paragraphs, table)
    return scores
