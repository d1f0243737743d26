"""Label raw articles or tables of paragraphs: read, predict, write, part by part; show."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa

from communique.config import Engine, PredictConfig, plain
from communique.errors import InputError
from communique.machine import processors
from communique.places import check_places, is_uri
from communique.printing import console, counted, outcome, progress
from communique.records import Outcome, check_columns
from communique.rows import READ
from communique.shards import Shards
from communique.tables import Chunk, Input, find_input, nothing_to_label


def predict(config: PredictConfig) -> None:
    """Label every paragraph of the input, show the first ones and say where all is.

    What can't be read is set aside beside the output, by file and row, with the reason.
    """
    if config.engine is Engine.spark:
        from communique.spark import label_on_spark

        outcome(label_on_spark(config), config.rows_shown)
    else:
        outcome(_label_here(config), config.rows_shown)


def _label_here(config: PredictConfig) -> Outcome:
    """Label on this machine, in parts of `config.rows` paragraphs.

    So memory stays flat, and the work goes on where it was stopped.
    """
    for key, place in (("input", config.input), ("output", config.output)):
        if is_uri(place):
            raise InputError(f"engine=local knows this machine's files only; for {key}={place} say engine=spark")
    source, output = Path(config.input).expanduser(), Path(config.output).expanduser()
    check_places(source, output)
    if folder := next(filter(Path.is_dir, (output, output.with_name(f"{output.stem}.rejected.jsonl"))), None):
        raise InputError(f"{folder} is a folder, as engine=spark makes them, and no file to write: name another output")
    found = find_input(source)
    chunks = _something(found, config.rows)
    # MLflow, once there is something to label
    from communique.tracking import classifier_of, load_model, model_id
    from communique.tracking import predict as predict_table

    model = load_model(config.model_uri, config.runtime, config.tracking)
    classifier = classifier_of(model)
    settings = {key: value for key, value in plain(config).items() if key in {"probabilities", "rows"}}
    identity = {"input": found.identity, "model": model_id(model), "runtime": classifier.runtime, **settings}
    shards = Shards(output, identity)
    total = found.rows()
    console.rule(f"{config.model_uri}, a {classifier.kind} in {classifier.runtime} on {processors()} processors")
    console.print(f"Labelling {counted(total, 'paragraph') if total else counted(len(found.files), 'file')}.")
    if shards.finished:
        console.print(
            f"Going on after the first {counted(shards.finished, 'part')} in {shards.folder}.", soft_wrap=True
        )
    with progress(total) as advance:
        label = partial(predict_table, model, all_probabilities=config.probabilities)
        for rows in shards.write(chunks, partial(_labelled, label)):
            advance(rows)
    first = next(shards.tables()).slice(0, config.rows_shown).to_pylist()
    count, rejected, aside = shards.finish()
    return Outcome(str(output), count, str(aside) if aside else None, rejected, first, list(classifier.codebook.tasks))


def _something(found: Input, rows: int) -> Iterator[Chunk]:
    """Give the input's chunks, once it is known that there is something to label in them."""
    chunks = found.chunks(rows)
    empty: list[Chunk] = []
    for chunk in chunks:
        if len(chunk.table):
            return chain(empty, [chunk], chunks)
        empty.append(chunk)
    raise nothing_to_label(found.root, (rejected for chunk in empty for rejected in chunk.rejected))


def _labelled(label: Callable[[pd.DataFrame], pd.DataFrame], table: pa.Table) -> pa.Table:
    """Put the predictions' columns behind those that came in."""
    names = [name for name in READ if name in table.column_names]
    texts = {name: [v if isinstance(v, str) else None for v in table[name].to_pylist()] for name in names}
    given = pd.DataFrame(texts, dtype=object)
    answers = pa.Table.from_pandas(label(given), preserve_index=False)
    check_columns(table.column_names, answers.column_names)
    for name in answers.column_names:
        table = table.append_column(name, answers[name])
    return table
