"""The project's folders, independent of the current directory."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
RESULTS = ROOT / "results"
FIGURES = ROOT / "figures"
NOTEBOOKS = ROOT / "notebooks"


def work_folder(root: Path) -> Path:
    """`.pum_work` in the project, or the user's cache folder where the project is read-only."""
    own = root / ".pum_work"
    if os.access(own if own.exists() else root, os.W_OK):
        return own
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pum"


# Unfinished runs, downloaded models and caches. It may be on a scratch disk; deleting it only costs time.
WORK = Path(os.environ.get("PUM_WORK") or work_folder(ROOT))
# Cached vectors and verdicts, shared by all processes of a machine.
CACHE = Path(os.environ.get("PUM_CACHE", WORK))
