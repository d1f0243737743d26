"""How soon the scripts answer, from the command to its end."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from communique.benchmarks.rows import LIMIT, Row
from communique.benchmarks.setting import Setting
from communique.benchmarks.subprocesses import answer_seconds, script
from communique.benchmarks.turns import against_limit
from communique.printing import console

UNKNOWN = 1
"""Hydra's exit code where a configuration doesn't exist."""
ARTICLE = """Norland shuts its consulate in Port Esteria

Norland closed its consulate in Port Esteria on Tuesday and gave the last six diplomats a week to come home, two days
after a crowd had broken the building's windows while the police looked on.

The foreign ministry called the attack a disgrace and said that Esteria would pay for every pane.

A spokeswoman for the Esterian government regretted the damage. Her ministers were ready to meet the ambassador at any
hour, she said, and five men had been arrested.

The consulate opened in 1926 and issues some four thousand visas a year.
"""
"""Invented."""


def start(setting: Setting) -> list[Row]:
    """Time a cold start on one article, --help, and the answer to a configuration error."""
    config, kind = setting.config.start, setting.config.transformer.kind
    with TemporaryDirectory(prefix="communique-") as name:
        article = Path(name) / "consulate.txt"
        article.write_text(ARTICLE, encoding="utf-8")
        files = [f"input={article}", f"output={article.with_suffix('.jsonl')}", f"model_uri={setting.uris[kind]}"]
        commands = [
            (f"predict.py on one article, {kind}, cold start", script("predict", *files), 0, config.limit_predict),
            ("train.py --help", script("train", "--help"), 0, config.limit_help),
            ("train.py model=nonsense", script("train", "model=nonsense"), UNKNOWN, config.limit_error),
        ]
        return [
            Row(what, LIMIT, against_limit(_times(what, command, code, setting.config.repeats), limit, "s"), 1.0)
            for what, command, code, limit in commands
        ]


def _times(what: str, command: Sequence[str], code: int, repeats: int) -> list[float]:
    seconds = [answer_seconds(command, code) for _ in range(repeats)]
    console.print(f"  {what}: {', '.join(f'{s:.2f}' for s in seconds)} s")
    return seconds
