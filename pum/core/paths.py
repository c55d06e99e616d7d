"""Where the project's files live, whatever the current directory."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
RESULTS = ROOT / "results"
FIGURES = ROOT / "figures"
NOTEBOOKS = ROOT / "notebooks"

# Unfinished runs, downloaded models and caches; may be on a scratch disk. Deleting it loses time, nothing else.
WORK = Path(os.environ.get("PUM_WORK", ROOT / ".pum_work"))
# Vectors and verdicts, for all processes of one machine.
CACHE = Path(os.environ.get("PUM_CACHE", WORK))
