"""How fast sessions are played. Speeds differ from machine to machine, so no rerun repeats them to the bit.

measure  all measurements, and the file that holds them: the offline grid, and how its time grows with its size
parts    where the time of a turn goes, in a run and with very many cards
live     how much of a served model's speed sessions get, by the way profiles take turns

Start with `measure.bench_offline`, which `pum bench throughput` calls.
"""
