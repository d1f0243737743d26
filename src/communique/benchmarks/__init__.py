"""Benchmarks: ours against what one would take otherwise. Each module gives rows; `benching` runs and keeps them."""
