"""Label raw articles or tables of paragraphs: read, predict, write, part by part; show."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa

from communique.config import PredictConfig, plain
from communique.errors import InputError
from communique.machine import processors
from communique.printing import console, prediction_rows, progress
from communique.records import check_output
from communique.shards import Shards
from communique.tables import TEXT, Chunk, Input, Rejected, find_input

READ = (TEXT, "source", "target")
REASONS = 3
"""How many reasons are told where nothing can be read."""


def predict(config: PredictConfig) -> None:
    """Label every paragraph of the input; what can't be read is set aside in a file beside the output.

    The work is done in parts of `config.rows` paragraphs, so that memory stays flat, and goes on where it was stopped.
    """
    output = Path(config.output).expanduser()
    check_output(output)
    source = Path(config.input).expanduser()
    if output.resolve().is_relative_to(source.resolve()):
        raise InputError(f"output={output} must stand outside of the input, or the next run would read it as such")
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
    console.print(f"Labelling {_count(total, 'paragraph') if total else _count(len(found.files), 'file')}.")
    if shards.finished:
        console.print(f"Going on after the first {_count(shards.finished, 'part')} in {shards.folder}.", soft_wrap=True)
    with progress(total) as advance:
        label = partial(predict_table, model, all_probabilities=config.probabilities)
        for rows in shards.write(chunks, partial(_labelled, label)):
            advance(rows)
    _finish(shards, classifier.codebook.tasks, config.rows_shown)


def _something(found: Input, rows: int) -> Iterator[Chunk]:
    """Give the input's chunks, once it is known that there is something to label in them."""
    chunks = found.chunks(rows)
    empty: list[Chunk] = []
    for chunk in chunks:
        if len(chunk.table):
            return chain(empty, [chunk], chunks)
        empty.append(chunk)
    reasons = [_told(rejected) for chunk in empty for rejected in chunk.rejected]
    raise InputError(f"nothing in {found.root} can be labelled: {'; '.join(reasons[:REASONS]) or 'it has no rows'}")


def _told(rejected: Rejected) -> str:
    where = rejected.file if rejected.row is None else f"{rejected.file}:{rejected.row}"
    return f"{where}: {rejected.reason}"


def _labelled(label: Callable[[pd.DataFrame], pd.DataFrame], table: pa.Table) -> pa.Table:
    """Put the predictions' columns behind those that came in."""
    names = [name for name in READ if name in table.column_names]
    texts = {name: [v if isinstance(v, str) else None for v in table[name].to_pylist()] for name in names}
    given = pd.DataFrame(texts, dtype=object)
    answers = pa.Table.from_pandas(label(given), preserve_index=False)
    if taken := set(answers.column_names) & set(table.column_names):
        raise InputError(f"the input has a column {min(taken)!r} already, as the prediction would be called: rename it")
    for name in answers.column_names:
        table = table.append_column(name, answers[name])
    return table


def _finish(shards: Shards, tasks: Iterable[str], rows_shown: int) -> None:
    """Put the parts together, show the first paragraphs, say where all is."""
    first = next(shards.tables()).slice(0, rows_shown).to_pylist()
    count, rejected, aside = shards.finish()
    console.print(prediction_rows(pd.DataFrame(first), list(tasks)))
    if count > rows_shown:
        console.print(f"… and {_count(count - rows_shown, 'paragraph')} more (rows_shown=… shows them).")
    console.print(f"{_count(count, 'paragraph')} written to {shards.output}.", soft_wrap=True)
    if aside:
        console.print(
            f"{_count(rejected, 'row or file', 'rows or files')} set aside, each with its reason, in {aside}.",
            soft_wrap=True,
        )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}"
