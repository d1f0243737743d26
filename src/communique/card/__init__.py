"""A corpus's data card: what is in it, how its annotators agree, and what could be wrong with it, in figures."""
