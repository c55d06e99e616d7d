"""What a memory hears, keeps and finds on benchmarks that others made; no language model takes part.

Start with `play` in `play.py`. `measure.py` has the measures, which work with any memory, and `baselines.py` two that
keep every sentence as it is.
"""
