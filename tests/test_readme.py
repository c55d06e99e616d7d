"""The README's numbers are those of the results, and the tests that docs/reliability.md names are there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pum.analysis.style import METHODS
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.report.contents import with_numbers

README, TEMPLATE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "data/readme.md"))


def test_the_numbers_in_the_readme_are_those_of_the_results() -> None:
    assert README == with_numbers(README, TEMPLATE, ROOT / "results" / "metrics"), "stale: `pum report --readme`"


def test_every_method_with_a_display_name_is_in_the_readmes_table() -> None:
    metrics = json.loads((ROOT / "results" / "metrics" / "main.json").read_text(encoding="utf-8"))
    for method in set(metrics["methods"]) & set(METHODS):
        assert f"{{main.methods.{method}.enforcements.mean:" in TEMPLATE


def named_tests(page: str) -> Iterator[tuple[str, str]]:
    """File and first words of every test in the last column of the page's tables; a file holds until the next one."""
    file = ""
    for line in page.splitlines():
        cell = line.rstrip(" |").rpartition(" | ")[2] if line.startswith("| ") else "test"
        for name in cell.split(", ") if cell != "test" else ():
            named, _, words = name.rpartition(": ")
            file = named.strip("`") or file
            yield file, words


def test_every_test_that_the_page_on_reliability_names_is_there() -> None:
    named = list(named_tests((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")))
    assert len(named) > 40
    for file, words in named:
        path = ROOT / "tests" / file
        tests = re.findall(r"^def test_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        prefix = words.lower().replace(" ", "_")
        assert any(test.startswith(prefix) for test in tests), f"{file}: {words}"


def test_blocks_are_filled_and_the_rest_is_left(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"a": {"b": 0.5}}), encoding="utf-8")
    readme = "One.\n<!-- begin x: a note -->\nold\n<!-- end x -->\nTwo.\n"
    now = with_numbers(readme, "<!-- begin x -->\nhalf: {m.a.b:.1%}\n<!-- end x -->\n", tmp_path)
    assert now == "One.\n<!-- begin x: a note -->\nhalf: 50.0%\n<!-- end x -->\nTwo.\n"
    with pytest.raises(InputError, match="differ in blocks: x"):
        with_numbers(readme, "no block", tmp_path)
