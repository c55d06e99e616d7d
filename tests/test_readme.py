"""The README's numbers are those of the results."""

import json
from pathlib import Path

import pytest

from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.report.contents import with_numbers

README, TEMPLATE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "data/readme.md"))


def test_the_numbers_in_the_readme_are_those_of_the_results() -> None:
    assert README == with_numbers(README, TEMPLATE, ROOT / "results" / "metrics"), "stale: `pum report --readme`"


def test_every_method_is_in_the_readmes_table() -> None:
    metrics = json.loads((ROOT / "results" / "metrics" / "main.json").read_text(encoding="utf-8"))
    for method in metrics["methods"]:
        assert f"{{main.methods.{method}.enforcements.mean:" in TEMPLATE


def test_blocks_are_filled_and_the_rest_is_left(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"a": {"b": 0.5}}), encoding="utf-8")
    readme = "One.\n<!-- begin x: a note -->\nold\n<!-- end x -->\nTwo.\n"
    now = with_numbers(readme, "<!-- begin x -->\nhalf: {m.a.b:.1%}\n<!-- end x -->\n", tmp_path)
    assert now == "One.\n<!-- begin x: a note -->\nhalf: 50.0%\n<!-- end x -->\nTwo.\n"
    with pytest.raises(InputError, match="differ in blocks: x"):
        with_numbers(readme, "no block", tmp_path)
