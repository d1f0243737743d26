"""Labelling by Spark, on this machine's cores or on a cluster. Nobody but this package imports pyspark."""

import importlib.util

from communique.config import PredictConfig
from communique.errors import InputError
from communique.records import Outcome


def label_on_spark(config: PredictConfig) -> Outcome:
    """Label a table of any size; an InputError says how to get pyspark where it is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise InputError(
            "engine=spark needs the package pyspark, which isn't installed here. In the project's folder: "
            ".venv/bin/pip install -c constraints.txt -e '.[spark]'"
        )
    from communique.spark.engine import label

    return label(config)
