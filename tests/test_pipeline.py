"""dvc.yaml lists what a stage really reads, a new method needs no edit there, and notebooks run from anywhere."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from pum.core.paths import NOTEBOOKS, ROOT
from pum.methods.method import METHODS
from pum.pipeline import stages
from pum.pipeline.notebook import declared_parameters, read_notebook

PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
ALL_NOTEBOOKS = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if not path.name.endswith(".running.ipynb"))
# Notebooks import a run's code through these entries.
RUN_ENTRIES = ("pum/runner/run.py", "pum/runner/config.py", "pum/runner/results.py", "pum/config/params.py")


def bodies(key: str) -> Iterator[tuple[str, dict]]:
    """Stages with `${key}` filled in, those of a foreach as well."""
    for name, stage in PIPELINE.items():
        yield name, json.loads(json.dumps(stage.get("do", stage)).replace("${key}", key))


def paths(entries: Iterable[str | dict]) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def outputs(stage: dict) -> list[str]:
    return paths(stage.get("outs", [])) + paths(stage.get("metrics", []))


@cache
def imported(file: Path) -> set[Path]:
    """Files under pum/ that `file` names in any import, inside functions too, or only for type checkers."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{file}: a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    candidates = [ROOT.joinpath(*name.split(".")) for name in names if name.split(".")[0] == "pum"]
    files = [path.with_suffix(".py") for path in candidates] + [path / "__init__.py" for path in candidates]
    return {file for file in files if file.is_file()}


def reachable(*entries: Path) -> set[Path]:
    waiting, seen = list(entries), set()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += imported(file)
    return seen


@cache
def says_something(file: Path) -> bool:
    """Whether a module does more than to carry a docstring and the version."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return any(not isinstance(node, ast.Expr) and "__version__" not in ast.unparse(node) for node in body)


def uncovered(files: set[Path], deps: list[str]) -> list[str]:
    """Of `files`, those that no path of `deps` is or holds."""
    covered = [ROOT / dep for dep in deps]
    names = {
        file.relative_to(ROOT).as_posix()
        for file in files
        if says_something(file) and not any(file == path or path in file.parents for path in covered)
    }
    return sorted(names)


def test_every_dependency_is_made_by_a_stage_or_is_there() -> None:
    for method in PARAMS["methods"]:
        stages_ = list(bodies(method))
        made = {path for _, stage in stages_ for path in outputs(stage)}
        for name, stage in stages_:
            for dep in stage["deps"]:
                below_made = any(Path(dep).is_relative_to(path) or Path(path).is_relative_to(dep) for path in made)
                assert below_made or (ROOT / dep).exists(), f"{name}: {dep}"


def test_every_dependency_on_an_executed_notebook_source_has_its_notebook() -> None:
    for name, stage in bodies("rag"):
        for dep in stage["deps"]:
            if dep.startswith("results/src/"):
                assert (NOTEBOOKS / f"{Path(dep).stem}.ipynb").is_file(), f"{name}: {dep}"


def test_every_stage_lists_parameters_that_there_are() -> None:
    for method in PARAMS["methods"]:
        for name, stage in bodies(method):
            for path in stage.get("params", []):
                value = PARAMS
                for part in path.split("."):
                    assert part in value, f"{name}: {path}"
                    value = value[part]


def test_no_stage_depends_on_how_runs_are_executed() -> None:
    for name, stage in bodies("rag"):
        assert not [path for path in stage.get("params", []) if path.split(".")[0] == "executor"], name


def test_only_the_stage_that_strips_notebooks_depends_on_them() -> None:
    for name, stage in bodies("rag"):
        touched = [dep for dep in stage["deps"] if dep.endswith(".ipynb") or Path(dep).parts[0] == "notebooks"]
        assert touched == (["notebooks"] if name == "sources" else []), name


def test_no_output_is_made_twice() -> None:
    made = []
    for number, method in enumerate(PARAMS["methods"]):
        for name, stage in bodies(method):
            if number == 0 or "foreach" in PIPELINE[name]:
                made += outputs(stage)
    assert len(made) == len(set(made)) > 20


@pytest.mark.parametrize("study", ["smoke", "paper"])
@pytest.mark.parametrize("method", METHODS)
def test_a_run_depends_on_all_the_code_it_can_reach(study: str, method: str) -> None:
    deps = dict(bodies(method))[study]["deps"]
    files = reachable(*(ROOT / entry for entry in RUN_ENTRIES), ROOT / "pum" / "methods" / f"{method}.py")
    assert len(files) > 60
    assert uncovered(files, deps) == []
    others = {f"pum/methods/{other}.py" for other in METHODS} - {f"pum/methods/{method}.py"}
    assert others & set(deps) <= {"pum/methods/rag.py"}, "another method's file must not make this one run again"


@pytest.mark.parametrize("study", ["smoke", "paper"])
def test_stages_of_methods_come_from_their_sections(study: str) -> None:
    assert PIPELINE[study]["foreach"] == "${methods}"
    stage = PIPELINE[study]["do"]
    assert stage["cmd"] == f"python -m pum.cli stage run {study} ${{key}}"
    assert {"methods.${key}", f"studies.{study}"} <= set(stage["params"])
    assert "methods" not in stage["params"], "every method would depend on the settings of all"
    assert "pum/methods/${key}.py" in stage["deps"] and "pum/methods" not in stage["deps"]
    named = [name for name in METHODS if name in stage["cmd"] or name in json.dumps(stage["outs"])]
    assert named == []


def test_stages_hand_notebooks_only_parameters_that_these_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of dvc.yaml, without the running."""
    handed: dict[Path, list[tuple[Path, set[str]]]] = {}
    monkeypatch.setattr(
        stages,
        "run_notebook",
        lambda source, destination, parameters: handed.setdefault(source, []).append((destination, set(parameters))),
    )
    for works in ("gap.play.play", "gap.sweep.play_sweeps", "gap.ablate.play_ablations", "report.page.write_report"):
        monkeypatch.setattr(f"pum.{works}", lambda *arguments: None)
    made = set()
    for method in PARAMS["methods"]:
        for _, stage in bodies(method):
            command, arguments = stage["cmd"].split()[:4], stage["cmd"].split()[4:]
            assert command == ["python", "-m", "pum.cli", "stage"]
            if arguments != ["sources"]:
                stages.run_stage(*arguments)
                made |= {path for path in outputs(stage) if path.endswith(".ipynb")}
    # A part of a run, for clusters: `pum range` calls it.
    handed[NOTEBOOKS / "range.ipynb"] = []
    # It measures a real model; its stage is no part of the pipeline, but of `make calibrate`.
    stages.run_stage("calibrate")
    made.add("results/notebooks/calibrate_agent.ipynb")
    assert {source.name for source in handed} == {path.name for path in ALL_NOTEBOOKS}
    for source, calls in handed.items():
        for destination, parameters in calls:
            assert parameters <= declared_parameters(read_notebook(source), source.name)
            assert destination.relative_to(ROOT).as_posix() in made


@pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_anywhere(path: Path) -> None:
    """One parameters cell; the code after it goes to the root before it reads anything; no path of a machine."""
    notebook = read_notebook(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    writes = any(word in cell.source for cell in code for word in ("write_", "save(", "run(", "measure("))
    assert "output" in declared_parameters(notebook, path.name) or not writes
    assert code[0].metadata.get("tags") == ["parameters"]
    first = [ast.unparse(node) for node in ast.parse(code[1].source).body[:3]]
    assert first == ["import os", "from pum.core.paths import ROOT", "os.chdir(ROOT)"]
    for cell in notebook.cells:
        absolute = r"""["'(\s](?:/(?:home|root|work|tmp|usr|opt|mnt|data|Users|scratch)\b|~/|[A-Za-z]:\\)"""
        assert not re.search(absolute, f" {cell.source}"), cell.source
    strings = [
        node.value
        for cell in code
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in strings if Path(text).is_absolute() or text.startswith("~")]


@pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_error_and_no_warning(path: Path) -> None:
    for cell in read_notebook(path).cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert not (output.output_type == "stream" and output.name == "stderr"), output.text
