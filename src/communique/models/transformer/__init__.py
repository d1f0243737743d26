"""The transformer: one pretrained encoder, a head per task. torch and transformers are known here and nowhere else."""

from communique.models.transformer.probing import settle
from communique.models.transformer.runtimes import fast_forms
from communique.models.transformer.scorer import Transformer

__all__ = ["Transformer", "fast_forms", "settle"]
