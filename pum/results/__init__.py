"""The format of results: what a run writes, and how analysis reads it again.

`files` defines the columns: a `SessionRow` per session and a `TurnRow` per turn, and how a session can end (`Outcome`).
It reads and writes results.json and Parquet files: atomically, and with the same bytes for the same rows.

Start with `files.read_results`. Nothing here imports the simulator, so analysis can read results without it.
"""
