"""The project's folders, independent of the current directory."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
RESULTS = ROOT / "results"
FIGURES = ROOT / "figures"
NOTEBOOKS = ROOT / "notebooks"

# Unfinished runs, downloaded models and caches. It may be on a scratch disk; deleting it only costs time.
WORK = Path(os.environ.get("PUM_WORK", ROOT / ".pum_work"))
# Cached vectors and verdicts, shared by all processes of a machine.
CACHE = Path(os.environ.get("PUM_CACHE", WORK))
