"""The student: static token embeddings and patterns of them, taught by the transformer; some hundred times as fast."""

from communique.models.student.scorer import Student

__all__ = ["Student"]
