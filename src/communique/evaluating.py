"""Evaluate a logged model on a split of a corpus: predict through MLflow, report, log."""

from communique.config import EvaluateConfig, plain
from communique.corpora import load_corpus
from communique.evaluation import report
from communique.mapping import read_as
from communique.printing import console, label_table, report_table
from communique.records import arrays, frame, prediction_table


def evaluate(config: EvaluateConfig) -> None:
    """Report how a logged model does, the way anybody would load it."""
    corpus = load_corpus(config.corpus)
    # MLflow, once the corpus is known to be good
    from communique.tracking import classifier_of, load_model, origin, predict, start_run

    model = load_model(config.model_uri, config.runtime, config.tracking)
    trained = origin(model)
    if trained["model_corpus_digest"] != corpus.digest:
        console.print(
            f"The model was trained on other data than {corpus.name} as configured here. If that was another split or "
            "version of it, paragraphs of this split may have been among its training data."
        )
    theirs = classifier_of(model).codebook
    corpus.codebook.read(theirs)  # an InputError now and not after the predictions
    paragraphs = corpus.splits[config.split.value]
    console.rule(f"{config.model_uri}: {len(paragraphs):,} paragraphs of {corpus.name}, {config.split.value} split")
    answers = arrays(predict(model, frame(paragraphs), all_probabilities=True), theirs)
    if theirs.tasks != corpus.codebook.tasks:
        console.print(f"The model's labels ({theirs.name}) are read as those of {corpus.codebook.name}.")
        answers = read_as(theirs, *answers, corpus.codebook)
    scores = report(paragraphs, corpus.codebook, *answers, config.evaluation)
    name = f"evaluate-{corpus.name}-{config.split.value}"
    with start_run(config.tracking, name, plain(config)) as run:
        run.log_corpus(corpus)
        run.log_tags(trained)
        run.log_report(config.split.value, scores)
        table = prediction_table(corpus.codebook, *answers, all_probabilities=True)
        run.log_predictions(config.split.value, paragraphs, table)
    console.print(report_table(scores, f"{config.model_uri} on {corpus.name}, {config.split.value} split"))
    console.print(label_table(scores))
    console.print(f"The run (make ui shows it): {run.link}", soft_wrap=True)
