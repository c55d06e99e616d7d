"""What a memory hears, keeps and finds on benchmarks that others made; no language model takes part.

Start with `play` in `play.py`, which has the memories: this project's, and two that keep every message as it is.
`measure.py` has the measures, which work with any memory.
"""
