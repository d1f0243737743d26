"""The codebook: which tasks there are, which labels they have and what these mean.

It stands on the ground: it knows no other module but the errors. Another ontology is a new YAML file.
"""

from enum import StrEnum
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from communique.errors import InputError


class TaskKind(StrEnum):
    """How many labels a paragraph may carry: any number, or exactly one."""

    multilabel = "multilabel"
    multiclass = "multiclass"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NearMiss(_Entry):
    """What looks like the label but isn't, and the label that it is instead (null: none)."""

    text: str = Field(min_length=1)
    label: str | None


class Label(_Entry):
    """One answer to a task's question."""

    definition: str = Field(min_length=1)
    counts: tuple[str, ...] = Field(min_length=1)
    near_misses: tuple[NearMiss, ...] = ()
    keywords: tuple[str, ...] = ()
    """The obvious words for the label, a `*` for any ending: `accus*` is accuse, accused, accusation."""
    quad: str | None = None
    cameo: tuple[str, ...] = ()
    examples: tuple[str, ...] = Field(min_length=2)


class Rule(_Entry):
    """A hard case, decided: the example carries exactly these labels."""

    case: str = Field(min_length=1)
    decision: str = Field(min_length=1)
    example: str = Field(min_length=1)
    labels: tuple[str, ...]


class Task(_Entry):
    """One column of labels."""

    kind: TaskKind
    question: str = Field(min_length=1)
    labels: dict[str, Label] = Field(min_length=2)
    rules: tuple[Rule, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names, in the order of the columns of every array of this task."""
        return tuple(self.labels)

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for name, label in self.labels.items():
            for near_miss in label.near_misses:
                if near_miss.label is not None and near_miss.label not in self.labels:
                    raise ValueError(f"labels.{name}.near_misses names the unknown label {near_miss.label!r}")
        for rule in self.rules:
            if unknown := set(rule.labels) - set(self.labels):
                raise ValueError(f"the rule {rule.case!r} names the unknown label {min(unknown)!r}")
            if self.kind is TaskKind.multiclass and len(rule.labels) != 1:
                raise ValueError(f"the rule {rule.case!r} must name exactly one label of this multiclass task")
        return self


class Codebook(_Entry):
    """All tasks of an ontology: `{"name": "plover", "version": 1, "tasks": {"action": …, "stance": …}}`."""

    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    description: str = Field(min_length=1)
    tasks: dict[str, Task] = Field(min_length=1)
    maps: dict[str, dict[str, dict[str, str]]] = {}
    """How another codebook's labels are read as this one's: {its name: {task: {its label: our label}}}. Labels that
    both have need no entry."""

    @model_validator(mode="after")
    def _maps_lead_to_known_labels(self) -> Self:
        for other, tasks in self.maps.items():
            for task, labels in tasks.items():
                known = self.tasks[task].labels if task in self.tasks else {}
                if unknown := set(labels.values()) - set(known):
                    raise ValueError(f"maps.{other}.{task} leads to the unknown label {min(unknown)!r}")
        return self

    def read(self, other: "Codebook") -> dict[str, dict[str, str]]:
        """Say for each of our tasks which of our labels each of the other's labels is: {task: {its label: ours}}.

        InputError where the other hasn't got a task or answers it with one label where we ask for any number, where our
        map names a label that it hasn't got, or where none of its labels leads to one of ours.
        """
        readings = {}
        for name, task in self.tasks.items():
            if name not in other.tasks:
                raise InputError(f"the codebook {self.name} asks for `{name}`, which {other.name} knows nothing of")
            theirs = other.tasks[name]
            if theirs.kind is TaskKind.multiclass and task.kind is TaskKind.multilabel:
                raise InputError(f"`{name}` of {other.name} has one label a paragraph, that of {self.name} any number")
            ours, named = task.labels, self.maps.get(other.name, {}).get(name, {})
            if unknown := set(named) - set(theirs.labels):
                raise InputError(f"{self.name}'s map names {min(unknown)}, which {other.name}'s `{name}` hasn't got")
            reading = {label: named.get(label, label) for label in theirs.labels}
            readings[name] = {label: mine for label, mine in reading.items() if mine in ours}
            if unreached := [label for label in ours if label not in readings[name].values()]:
                raise InputError(
                    f"no label of {other.name}'s `{name}` is {self.name}'s {unreached[0]}: add it to `maps` in its YAML"
                )
        return readings


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML silently keeps the last of two equal keys; in a codebook that would lose a label."""


def _mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[object, object]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise yaml.constructor.ConstructorError(None, None, f"the key {twice.pop()!r} stands twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_codebook(path: Path) -> Codebook:
    """Read and check a codebook; an InputError names the file and the key of every fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the codebook {path} can't be read: {error}. Name an existing YAML file in UTF-8.") from error
    return parse_codebook(text, str(path))


def parse_codebook(text: str, origin: str) -> Codebook:
    """Check a codebook given as YAML (JSON is YAML too); `origin` stands in the errors."""
    try:
        return Codebook.model_validate(yaml.load(text, Loader=_UniqueKeyLoader))  # noqa: S506 a safe loader's subclass
    except yaml.YAMLError as error:
        raise InputError(f"{origin} is no valid YAML: {error}") from error
    except ValidationError as error:
        raise InputError(f"the codebook {origin} is not valid:\n{_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"]) or "the whole file"
        faults.append(f"  {key}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(faults)
