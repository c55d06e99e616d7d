"""`dvc exp run -S`, as README shows it, in a copy of the repository: the table shows the change, and no other."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from pum.core.paths import ROOT

TABLE = "results/tables/mini.csv"


class Copy:
    """A clone of what is committed, whose stages run this environment's python."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.call("git", "clone", "--quiet", str(ROOT), str(root), cwd=root.parent)

    def call(self, *command: str, cwd: Path | None = None) -> str:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, cwd=cwd or self.root, env={**kept, **own}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def experiment(self, change: str, stage: str) -> str:
        """Runs it apart from the clone; returns where Git keeps what came of it."""
        self.call(sys.executable, "-m", "dvc", "exp", "run", "--quiet", "--temp", "-S", change, stage)
        (reference,) = self.call("git", "for-each-ref", "--format=%(refname)", "refs/exps/??/**").split()
        return reference


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_changed_setting_shows_in_the_table_of_mini(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy")
    found = copy.experiment("methods.rag.top_j=5", "analysis-mini")
    before, after = (
        pd.read_csv(StringIO(copy.call("git", "show", f"{commit}:{TABLE}")), index_col="method")
        for commit in ("HEAD", found)
    )
    assert after.notes_injected["rag"] > before.notes_injected["rag"]
    others = ["vanilla", "oracle"]
    pd.testing.assert_frame_equal(after.loc[others], before.loc[others])
    assert not copy.call("git", "status", "--porcelain"), "the clone itself is as it was"
