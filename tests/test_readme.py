"""The README's numbers are those of the results."""

import json
import re

from pum.analysis.style import LABELS
from pum.paths import ROOT


def test_the_main_table_in_the_readme_is_that_of_the_results() -> None:
    metrics = json.loads((ROOT / "results" / "metrics" / "main.json").read_text(encoding="utf-8"))["methods"]
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M
    )
    shown = {row[0]: row[1:] for row in rows}
    for method, values in metrics.items():
        enforcements, success, tokens = (values[name] for name in ("enforcements", "success", "user_tokens"))
        assert shown[LABELS[method]] == (
            f"{enforcements['mean']:.2f} [{enforcements['low']:.2f}, {enforcements['high']:.2f}]",
            f"{100 * success['mean']:.1f}% [{100 * success['low']:.1f}, {100 * success['high']:.1f}]",
            f"{tokens['mean']:.0f} [{tokens['low']:.0f}, {tokens['high']:.0f}]",
        )


def test_the_differences_in_the_readme_are_those_of_the_results() -> None:
    metrics = json.loads((ROOT / "results" / "metrics" / "main.json").read_text(encoding="utf-8"))["methods"]
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for method, control in (("rag", "vanilla"), ("rag_vector", "rag")):
        difference = metrics[method]["versus"][control]["enforcements"]
        assert f"{difference['mean']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}]" in text
