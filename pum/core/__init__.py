"""Small modules that every package may use, and that use no other package.

`schemas.py` has the records that packages exchange; start there. `errors.py` has the two errors that end a command with
one line. `registry.py` maps names to methods, datasets, learners and so on; `validation.py` checks settings and files,
`files.py` reads and writes text, YAML and JSON, and `patterns.py` reads words and phrases in YAML. `rng.py` draws keyed
random numbers, and `rounding.py` rounds fitted values. `concurrency.py` has locks, bridges to asyncio, and schedules,
by which concurrent profiles take their turns; `processes.py` has workers and signals. `sqlite_file.py` opens SQLite
files, `text_cache.py` caches what is computed from people's texts, `address.py` judges servers' addresses, `paths.py`
names the folders, and `imports.py` follows imports for digests and stage dependencies.
"""
