"""Imports between packages run only downwards, and reading results loads no simulator."""

import ast
import re
from pathlib import Path

import pytest

from pum.core.imports import modules, names_imported, reachable
from pum.core.paths import ROOT

# From the top to the bottom, as in docs/architecture.md.
PACKAGES = (
    "verify",
    "cli",
    "pipeline",
    "experiments",
    "serving",
    "cluster",
    "runner",
    "report",
    "assistant",
    "analysis",
    "results",
    "methods",
    "calibration",
    "bench",
    "config",
    "memory",
    "user_model",
    "feedback",
    "extraction",
    "retrieval",
    "llm",
    "language",
    "core",
)
SIMULATES = {"pum.bench.users", "pum.bench.agent.offline", "pum.runner", "pum.assistant", "pum.llm"}


def package_of(module: str) -> str:
    return module.split(".")[1]


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def test_every_package_has_its_place() -> None:
    assert {package_of(name) for name in modules() if name != "pum"} == set(PACKAGES)
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = [line.split()[0] for line in table.split("```")[1].splitlines() if line[:1].isalpha()]
    assert tuple(listed) == PACKAGES[1:]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_only_downwards(package: str) -> None:
    level = {name: place for place, name in enumerate(PACKAGES)}
    upwards = {
        f"{name} imports {imported}"
        for name, file in modules().items()
        if name != "pum" and package_of(name) == package
        for imported in names_imported(tree_of(file))
        if imported != "pum" and level[package_of(imported)] < level[package]
    }
    assert not upwards


@pytest.mark.parametrize("entry", ["pum.analysis.sessions", "pum.results.files"])
def test_reading_results_loads_no_simulator(entry: str) -> None:
    reached = reachable(entry)
    assert len(reached) < 20
    assert not [name for name in reached if any(f"{name}.".startswith(f"{simulator}.") for simulator in SIMULATES)]


def test_what_extracts_does_not_import_what_scores() -> None:
    extracts = [name for name in modules() if package_of(f"{name}.") in ("extraction", "memory", "feedback")]
    reached = reachable(*extracts)
    assert not [name for name in reached if name.startswith("pum.analysis")]


EXTENDED = frozenset(
    f"pum/{name}"
    for name in (
        "analysis/figures bench/checkers bench/external bench/tasks bench/users "
        "methods retrieval runner/agents user_model"
    ).split()
)
"""Packages in which a registry, or a notebook, finds whatever file is added."""


@pytest.mark.parametrize(
    "package", sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("pum/**/__init__.py"))
)
def test_a_package_map_names_exactly_the_modules_that_exist(package: str) -> None:
    """A map names modules as `name`, as `name.py`, or in its first column. A package that names none has no map; one
    that is extended by a file of one's own need not name it.
    """
    folder = ROOT / package
    inside = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    modules_there = {name for name in inside if not name.startswith("__")}
    docstring = ast.get_docstring(tree_of(folder / "__init__.py")) or ""
    surely = set(re.findall(r"\b(\w+)\.py\b", docstring)) | set(re.findall(r"^(\w+)  +\S", docstring, re.MULTILINE))
    perhaps = set(re.findall(r"`([a-z_]+)(?:\.\w+)*`", docstring))
    assert surely <= modules_there
    if (named := (surely | perhaps) & modules_there) and package not in EXTENDED:
        assert named == modules_there
    code = " ".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py")).replace(docstring, "")
    assert {name for name in perhaps - modules_there if not re.search(rf"\b{name}\b", code)} == set()
