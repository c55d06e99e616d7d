"""dvc.yaml lists what a stage really reads, a new method needs no edit there, and notebooks run from anywhere."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pum.config.inherit import lineage
from pum.config.params import check_params, load_params
from pum.core.files import read_yaml
from pum.core.paths import DATA, NOTEBOOKS, ROOT
from pum.methods.method import METHODS
from pum.pipeline import stages
from pum.pipeline.dependencies import PIPELINE as FILE
from pum.pipeline.dependencies import code_of, is_code, write_dependencies
from pum.pipeline.notebook import declared_parameters, read_notebook
from pum.runner.batch import run
from pum.runner.config import RunConfig
from tests.small_runs import small_files, small_params

PIPELINE = read_yaml(FILE)["stages"]
PARAMS = read_yaml(ROOT / "params.yaml")
RUNS = ("mini", "smoke", "paper")
ALL_NOTEBOOKS = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if not path.name.endswith(".running.ipynb"))


def bodies(key: str) -> Iterator[tuple[str, dict]]:
    """Stages with `${key}` filled in, those of a foreach as well."""
    for name, stage in PIPELINE.items():
        yield name, json.loads(json.dumps(stage.get("do", stage)).replace("${key}", key))


def paths(entries: Iterable[str | dict]) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def outputs(stage: dict) -> list[str]:
    return paths(stage.get("outs", [])) + paths(stage.get("metrics", []))


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


def test_no_stage_depends_on_the_site() -> None:
    assert "site.yaml" not in FILE.read_text(encoding="utf-8")


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


@pytest.mark.parametrize("name", PIPELINE)
def test_a_stage_depends_on_the_code_that_it_reaches_and_on_no_other(name: str) -> None:
    right = code_of(PIPELINE[name], load_params())
    deps = PIPELINE[name].get("do", PIPELINE[name])["deps"]
    listed = sorted(dep for dep in deps if is_code(dep) or dep in right)
    assert listed == right, f"`python -m pum.pipeline.dependencies` writes deps of {name}: {', '.join(right)}"


def test_writing_what_is_right_already_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "dvc.yaml"
    copy.write_text(FILE.read_text(encoding="utf-8").replace("pum/core, ", "").replace("pum/runner", "pum/cluster"))
    write_dependencies(copy)
    assert copy.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8")


def stale(path: str) -> set[str]:
    """The stages that list a file, or a folder that it is in."""
    return {
        name
        for method in PARAMS["methods"]
        for name, stage in bodies(method)
        if any(Path(path).is_relative_to(dep) for dep in stage["deps"])
    }


def test_an_edited_file_makes_those_stages_stale_that_it_could_change() -> None:
    assert "setup" in stale("pum/extraction/preference_classifier.py")
    for path in (ROOT / "pum" / "analysis").rglob("*.py"):
        assert not stale(path.relative_to(ROOT).as_posix()) & set(RUNS), path
    assert set(RUNS) <= stale("pum/methods/oracle.py") and not stale("pum/methods/new.py") - set(RUNS)
    assert stale("data/request_types.yaml") > {"setup", *RUNS}


def test_a_new_method_is_listed_by_its_own_stages_alone() -> None:
    new = load_params().model_copy(update={"methods": {**load_params().methods, "contextual2": {"method": "vanilla"}}})
    for name, stage in PIPELINE.items():
        if "methods" not in stage.get("params", ()) and "foreach" not in stage:
            assert code_of(stage, new) == code_of(stage, load_params()), name


@pytest.mark.parametrize("study", RUNS)
def test_stages_of_methods_come_from_their_sections(study: str) -> None:
    foreach = PIPELINE[study]["foreach"]
    assert foreach == "${methods}" or set(foreach) <= set(PARAMS["methods"])
    stage = PIPELINE[study]["do"]
    assert stage["cmd"] == f"python -m pum.cli stage run {study} ${{key}}"
    assert "results/settings/${key}.json" in stage["deps"] and f"studies.{study}" in stage["params"]
    assert not [path for path in stage["params"] if path.split(".")[0] in ("methods", "variants")], "of all methods"
    assert "pum/methods/${key}.py" in stage["deps"] and "pum/methods" not in stage["deps"]
    named = [name for name in METHODS if name in stage["cmd"] or name in json.dumps(stage["outs"])]
    assert named == []


def test_a_stage_that_lists_a_section_lists_what_that_is_like() -> None:
    kinds = {
        "methods": {**PARAMS["methods"], **PARAMS["variants"]},
        "variants": {**PARAMS["methods"], **PARAMS["variants"]},
        "studies": PARAMS["studies"],
    }
    for name, stage in bodies("rag"):
        listed = set(stage.get("params", ()))
        sections = {path for path in listed if path.split(".")[0] in kinds and "." in path}
        sections |= {f"{kind}.{one}" for kind in kinds.keys() & listed for one in PARAMS[kind]}
        for path in sections:
            kind, _, section = path.partition(".")
            for one in lineage(section, kinds[kind], kind):
                home = "variants" if one in PARAMS["variants"] and kind != "studies" else kind
                home = "methods" if one in PARAMS["methods"] and kind != "studies" else home
                assert {home, f"{home}.{one}"} & listed, f"{name}: {path} is like {home}.{one}"
                if isinstance(learner := kinds[kind][one].get("user_model"), str):
                    assert {"user_model", f"user_model.{learner}"} & listed, f"{name}: {path} has user_model.{learner}"


def test_a_run_reads_nothing_of_the_project_that_its_digest_does_not_know(tmp_path: Path) -> None:
    """What it opens, below the project's folder, in a process of its own."""
    script = (
        "import sys; from pathlib import Path; from tests.test_pipeline import run_one\n"
        "opened = set(); sys.addaudithook(lambda event, args: event == 'open' and opened.add(str(args[0])))\n"
        f"run_one(Path({str(tmp_path)!r})); print(*sorted(opened), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    opened = {Path(name).resolve() for name in done.stdout.splitlines()}
    config = one_run()
    known = {*config._code, *config._data_files(), ROOT / "params.yaml", ROOT / "site.yaml"}
    ours = {path for path in opened for folder in ("pum", "data", "results") if path.is_relative_to(ROOT / folder)}
    assert {path for path in ours if path.suffix not in (".py", ".pyc")} <= known
    assert {DATA / "request_types.yaml", DATA / "tasks.jsonl"} <= set(ours)


def one_run() -> RunConfig:
    params = small_params(n_profiles=1, n_sessions=1)
    return RunConfig("smoke", params.study("smoke"), "rag_vector", params, small_files())


def run_one(folder: Path) -> None:
    run(one_run(), folder / "out", work=folder / "work")


def test_texts_and_prompts_are_in_a_runs_digest() -> None:
    known = {path.relative_to(ROOT).as_posix() for path in one_run()._code}
    assert {"pum/llm/prompts/system_graded.txt", "data/preferences.yaml"} <= known
    run_not_imported = {"sandbox_child.py", "sandbox_calls.py", "tasks/equality_child.py"}
    assert {f"pum/bench/{script}" for script in run_not_imported} <= known
    assert "pum/methods/rag_vector.py" in known and "pum/methods/oracle.py" not in known
    assert not [path for path in known if path.startswith(("pum/analysis", "pum/cluster", "pum/experiments"))]


def test_stages_hand_notebooks_only_parameters_that_these_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of dvc.yaml, without the running; it runs the notebooks whose source it depends on."""
    handed: dict[Path, list[tuple[Path, set[str]]]] = {}
    monkeypatch.setattr(
        stages,
        "run_notebook",
        lambda source, destination, parameters, _: handed.setdefault(source, []).append((destination, set(parameters))),
    )
    study = "experiments.learner_study"
    plays = (f"{study}.play.play", f"{study}.factors.play_sweeps", f"{study}.factors.play_ablations")
    for works in (*plays, "report.page.write_report", "pipeline.sources.write_settings"):
        monkeypatch.setattr(f"pum.{works}", lambda *arguments: None)
    made = set()
    for method in PARAMS["methods"]:
        for _, stage in bodies(method):
            command, arguments = stage["cmd"].split()[:4], stage["cmd"].split()[4:]
            assert command == ["python", "-m", "pum.cli", "stage"]
            if arguments != ["sources"]:
                already = {source: len(calls) for source, calls in handed.items()}
                stages.run_stage(*arguments)
                run_now = {source.stem for source, calls in handed.items() if len(calls) > already.get(source, 0)}
                assert run_now == {Path(dep).stem for dep in stage["deps"] if dep.startswith("results/src/")}
                made |= {path for path in outputs(stage) if path.endswith(".ipynb")}
    # A part of a run, for clusters: `pum range` calls it.
    handed[NOTEBOOKS / "range.ipynb"] = []
    # Stages of the Makefile, not of the pipeline: they want a served model, or data of others.
    for stage, notebook in (("calibrate", "calibrate_agent"), ("external", "external")):
        stages.run_stage(stage)
        made.add(f"results/notebooks/{notebook}.ipynb")
    assert {source.name for source in handed} == {path.name for path in ALL_NOTEBOOKS}
    for source, calls in handed.items():
        for destination, parameters in calls:
            assert parameters <= declared_parameters(read_notebook(source), source.name)
            assert destination.relative_to(ROOT).as_posix() in made


def test_kernels_inherit_the_variables_that_params_and_site_name(monkeypatch: pytest.MonkeyPatch) -> None:
    site = read_yaml(ROOT / "site.yaml")
    site["servers"]["small"]["judge"] = {"like": "agent", "api_key_env": "KEY_OF_THE_JUDGE"}
    site["cluster"]["environment"] = {"MY_SCRATCH": "/scratch"}
    monkeypatch.setattr(stages, "load_params", lambda: check_params({**PARAMS, "site": site}))
    handed = []
    monkeypatch.setattr(stages, "run_notebook", lambda source, destination, parameters, names: handed.append(names))
    stages.run_stage("throughput")
    assert handed == [{"KEY_OF_THE_JUDGE", "MY_SCRATCH", "OPENAI_API_KEY"}]


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
