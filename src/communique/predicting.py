"""Label raw articles: read, split into paragraphs, predict, write, show."""

import json
from pathlib import Path

import pandas as pd

from communique.articles import Rejected, read_articles
from communique.config import PredictConfig
from communique.errors import InputError
from communique.printing import console, prediction_rows
from communique.records import check_output, write_table
from communique.writing import whole_file


def predict(config: PredictConfig) -> None:
    """Label every paragraph of the input; what can't be read is set aside in a file beside the output."""
    source, output = Path(config.input).expanduser(), Path(config.output).expanduser()
    check_output(output)
    articles, rejected = read_articles(source)
    paragraphs = [paragraph for article in articles for paragraph in article.paragraphs]
    set_aside = _set_aside(rejected, output)
    if not paragraphs:
        raise InputError(f"no paragraph could be read from {source}: {rejected[0].path.name} is {rejected[0].reason}")
    from communique.tracking import load_model  # MLflow, once there is something to label
    from communique.tracking import predict as label

    model = load_model(config.model_uri, config.tracking)
    console.rule(f"{config.model_uri}: {len(paragraphs):,} paragraphs, articles: {len(articles):,}")
    known = pd.DataFrame(
        [
            {"id": p.id, "article": p.article, "position": p.position, "title": p.title, "text": p.text}
            for p in paragraphs
        ]
    )
    predictions = label(model, paragraphs, all_probabilities=config.probabilities)
    table = pd.concat([known, predictions], axis=1)
    write_table(table, output)
    tasks = [str(column).removesuffix("_probability") for column in predictions if str(column).endswith("_probability")]
    console.print(prediction_rows(table, tasks, config.rows_shown))
    if len(table) > config.rows_shown:
        console.print(f"… and {len(table) - config.rows_shown:,} paragraphs more (rows_shown=… shows them).")
    console.print(f"{len(table):,} paragraphs written to {output}.", soft_wrap=True)
    if set_aside:
        files = "1 file" if len(rejected) == 1 else f"{len(rejected):,} files"
        console.print(f"{files} could not be read; each with its reason is in {set_aside}.", soft_wrap=True)


def _set_aside(rejected: list[Rejected], output: Path) -> Path | None:
    path = output.with_name(f"{output.stem}.rejected.jsonl")
    if not rejected:
        path.unlink(missing_ok=True)
        return None
    with whole_file(path) as temporary:
        rows = (json.dumps({"file": str(file.path), "reason": file.reason}, ensure_ascii=False) for file in rejected)
        temporary.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
