"""The student as a Scorer: has the teacher label paragraphs, learns from it, scores, saves, loads."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from safetensors.numpy import load_file, save_file
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from communique.codebook import Codebook
from communique.config import StudentConfig
from communique.models.calibration import Array
from communique.models.classifier import Lesson
from communique.models.student.answers import answers
from communique.models.student.network import Floats, Network
from communique.models.student.tokens import token_rows
from communique.models.student.variations import Variations
from communique.paragraphs import Paragraph, gold_array, indicators

SETTINGS_FILE, TOKENIZER_FILE, WEIGHTS_FILE = "student.json", "tokenizer.json", "student.safetensors"
TOGETHER = 32
"""Paragraphs that are computed together: what their windows need fits the processor's cache."""
SPREAD = 0.5
"""Standard deviation of the embeddings that learning starts with."""


class Student:
    """Static token embeddings and patterns of neighbouring tokens, taught by a transformer."""

    calibrated = True
    runtime = "numpy"

    def __init__(self, codebook: Codebook, config: StudentConfig, seed: int, workspace: Path, lesson: Lesson) -> None:
        self._codebook, self._config, self._seed = codebook, config, seed
        self._workspace, self._lesson = workspace, lesson
        self._tokenizer = _plain(Tokenizer.from_str(lesson.vocabulary.tokenizer))
        self._widths, self._max_tokens = list(config.widths), config.teacher.max_tokens

    def fit(self, train: Sequence[Paragraph], validation: Sequence[Paragraph]) -> None:
        """Have the teacher label the training split, its variations and the unlabelled paragraphs; learn from that."""
        del validation
        from communique.models.student.fitting import fit

        config, lesson = self._config, self._lesson
        variations = Variations(train, config.replaced, self._seed)
        made = variations.make(config.variations, config.pair_variations)
        paragraphs = [*train, *made, *lesson.unlabelled]
        said = answers(lesson, paragraphs, self._workspace)
        targets = {name: self._with_gold(name, said[name], paragraphs) for name in self._codebook.tasks}
        rows = token_rows(self._tokenizer, paragraphs, self._max_tokens)
        start = principal(lesson.vocabulary.vectors, config.dimensions)
        weights = fit(start, rows, targets, self._codebook, config, self._seed)
        # As they are saved, so that the student which is measured is the one that is loaded.
        weights["embeddings"] = weights["embeddings"].astype(np.float16).astype(np.float32)
        self._network = Network(weights, self._widths)
        shutil.rmtree(self._workspace)

    def _with_gold(self, name: str, said: Array, paragraphs: Sequence[Paragraph]) -> Array:
        """Mix what the teacher said with the labels, where there are any.

        From paragraphs that ask for the stance of one side toward another, only tasks are learnt that such paragraphs
        are labelled for: of the others their teacher knows nothing either.
        """
        task = self._codebook.tasks[name]
        gold = indicators(gold_array(paragraphs, name, task), task)
        labelled = ~np.isnan(gold).any(axis=1)
        said[labelled] += self._config.gold_share * (gold[labelled] - said[labelled])
        pairs = np.array([p.target is not None for p in paragraphs])
        if not (labelled & pairs).any():
            said[pairs] = np.nan
        return said

    def logits(self, paragraphs: Sequence[Paragraph]) -> dict[str, Array]:
        """Score; the tokenizer takes all processors, the look-ups one: they are too small to be shared out."""
        rows = token_rows(self._tokenizer, paragraphs, self._max_tokens)
        with threadpool_limits(1, "blas"):
            parts = [self._network.logits(rows[i : i + TOGETHER]) for i in range(0, max(1, len(rows)), TOGETHER)]
        scores = np.concatenate(parts).astype(np.float64)
        ends = np.cumsum([len(task.names) for task in self._codebook.tasks.values()])
        return dict(zip(self._codebook.tasks, np.split(scores, ends[:-1], axis=1), strict=True))

    def save(self, folder: Path) -> None:
        """Write the weights, the embeddings in half precision; the tokenizer; what else is needed."""
        weights = dict(self._network.weights)
        weights["embeddings"] = weights["embeddings"].astype(np.float16)
        save_file(weights, folder / WEIGHTS_FILE)
        self._tokenizer.save(str(folder / TOKENIZER_FILE))
        settings = {"widths": self._widths, "max_tokens": self._max_tokens}
        (folder / SETTINGS_FILE).write_text(json.dumps(settings), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook) -> Self:
        """Read back what `save` wrote; the result scores, it can't be fitted further."""
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        student = cls.__new__(cls)
        student._codebook = codebook
        student._widths, student._max_tokens = settings["widths"], settings["max_tokens"]
        student._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        weights = {name: values.astype(np.float32) for name, values in load_file(folder / WEIGHTS_FILE).items()}
        student._network = Network(weights, student._widths)
        return student


def principal(vectors: Floats, dimensions: int) -> Floats:
    """Reduce vectors to their principal components, as model2vec does, scaled to what learning starts with."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # the largest last
    reduced = centred @ directions[:, ::-1][:, :dimensions]
    return np.asarray(reduced * (SPREAD / reduced.std()), dtype=np.float32)


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """Let the tokenizer neither pad nor cut: both is done here."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
