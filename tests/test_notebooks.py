"""The notebooks themselves, run on little: 02 in a real kernel, 03 on small runs."""

import json
import os
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
import yaml

import pum.core.paths
import pum.pipeline.kernel
from pum.config.params import load_params
from pum.core.paths import NOTEBOOKS, ROOT, WORK
from pum.pipeline.notebook import read_notebook, run_notebook
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.config import RunConfig
from tests.small_runs import small_files, small_params

STUDY_METHODS = tuple(load_params().methods)


@pytest.fixture(autouse=True)
def stuck_kernels_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the test's own time limit, which says nothing of the kernel."""
    monkeypatch.setattr(pum.pipeline.kernel, "IDLE_LIMIT_S", 300.0)


@pytest.fixture
def own_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that no other run uses, with this machine's models and vectors."""
    work = tmp_path / "work"
    work.mkdir()
    for shared in (WORK / "models", *WORK.glob("embeddings*.sqlite")):
        os.symlink(shared, work / shared.name)
    monkeypatch.setenv("PUM_WORK", str(work))
    return work


@pytest.mark.slow
def test_02_run_plays_sessions_and_twice_leaves_the_same_copy(tmp_path: Path, own_work: Path) -> None:
    parameters = {
        "study": "smoke",
        "method": "vanilla",
        "n_profiles": 1,
        "n_sessions": 1,
        "output": str(tmp_path / "results"),
    }
    copies = [tmp_path / "first.ipynb", tmp_path / "second.ipynb"]
    results = []
    for copy in copies:
        run_notebook(NOTEBOOKS / "02_run.ipynb", copy, parameters)
        results.append((tmp_path / "results" / "results.json").read_bytes())

    assert copies[0].read_bytes() == copies[1].read_bytes() and results[0] == results[1]
    (session,) = read_results(tmp_path / "results")["sessions"]
    assert (session["user_id"], session["session"]) == ("user_000", 0) and session["turns"] > 0
    left = [path for path in (own_work / "runs" / "vanilla").iterdir() if path.is_dir()]
    assert left == [], "a finished run leaves nothing to resume"
    cells = read_notebook(copies[0]).cells
    printed = "".join(o.text for cell in cells for o in cell.get("outputs", []) if o.output_type == "stream")
    assert printed.startswith("--- user, opening\n") and "--- assistant\n" in printed
    assert not [o for cell in cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root whose results/smoke holds runs of all methods, two users by two sessions."""
    root = tmp_path_factory.mktemp("root")
    os.symlink(ROOT / "data", root / "data")
    params = small_params(n_profiles=2, n_sessions=2)
    for method in STUDY_METHODS:
        config = RunConfig("smoke", params.study("smoke"), method, params, small_files())
        run(config, root / "results" / "smoke" / method, work=root / "work")
    return root


def execute(notebook: str, parameters: dict[str, object]) -> dict[str, object]:
    """The code cells in this process, the `parameters` cell replaced; the names they leave behind."""
    names: dict[str, object] = {}
    for cell in read_notebook(NOTEBOOKS / notebook).cells:
        if "parameters" in cell.metadata.get("tags", []):
            names |= parameters
        elif cell.cell_type == "code":
            exec(compile(cell.source, notebook, "exec"), names)
    return names


def analyse(root: Path, output: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """03_main_results as if the project's root were `root`."""
    monkeypatch.chdir(ROOT)  # the notebook changes it; undone at the end of the test
    monkeypatch.setattr(pum.core.paths, "ROOT", root)
    matplotlib.use("Agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    with matplotlib.rc_context():
        return execute("03_main_results.ipynb", {"study": "smoke", "name": name, "output": str(output)})


@pytest.mark.slow
def test_03_main_results_leaves_tables_figures_and_metrics_that_agree(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = analyse(study, tmp_path, "small", monkeypatch)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert made == [
        "figures/small.pdf",
        "figures/small.png",
        "figures/small_learning_curves.pdf",
        "figures/small_learning_curves.png",
        "results/metrics/small.json",
        "results/tables/small.csv",
        "results/tables/small_differences.csv",
        "results/tables/small_learning_curves.csv",
    ]
    metrics = json.loads((tmp_path / "results" / "metrics" / "small.json").read_text())
    assert (metrics["profiles"], metrics["sessions_per_profile"]) == (2, 2)
    assert list(metrics["methods"]) == list(STUDY_METHODS)
    table = pd.read_csv(tmp_path / "results" / "tables" / "small.csv").set_index("method")
    for method in STUDY_METHODS:
        rows = read_results(study / "results" / "smoke" / method)["sessions"]
        mean = sum(row["enforcements"] for row in rows) / len(rows)
        assert metrics["methods"][method]["enforcements"]["mean"] == pytest.approx(mean, abs=1e-6)
        assert table.enforcements_mean[method] == pytest.approx(mean, rel=1e-5)
    assert str(names["caption"]).startswith("2 simulated users, 2 sessions each, 1 seed, simulated agent")


@pytest.mark.slow
def test_03_main_results_writes_the_same_bytes_again(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        analyse(study, tmp_path / folder, "main", monkeypatch)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert Path("figures/learning_curves.pdf") in files and len(files) == 8
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


@pytest.mark.slow
def test_05_extraction_runs_in_a_kernel(tmp_path: Path) -> None:
    parameters = {"output": str(tmp_path), "heldout": "data/labelled/heldout_dev.jsonl"}
    # A clean clone has no vectors yet: all hard messages and tasks would take a quarter of an hour on a slow machine.
    for name, file in (("hard", "data/labelled/heldout_hard.jsonl"), ("tasks", "data/tasks.jsonl")):
        some = (ROOT / file).read_text(encoding="utf-8").splitlines(keepends=True)[::16]
        (tmp_path / f"{name}.jsonl").write_text("".join(some), encoding="utf-8")
        parameters[name] = str(tmp_path / f"{name}.jsonl")
    run_notebook(NOTEBOOKS / "05_extraction.ipynb", tmp_path / "05.ipynb", parameters)
    extraction, reward = (
        json.loads((tmp_path / "results" / "metrics" / f"{name}.json").read_text()) for name in ("extraction", "reward")
    )
    assert set(reward) == {"reward", "false_blame", "reader"}
    assert extraction["labelled"] == parameters["heldout"]
    assert extraction["precision"] >= 0.8 and extraction["recall"] >= 0.9
    assert {"by_family", "earlier", "wordings", "false_alarms"} <= set(extraction)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["published", "off-policy"])
def test_notebooks_on_the_default_study_leave_what_their_stage_says(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    matplotlib.use("Agg")
    monkeypatch.setattr("IPython.display.display", lambda picture: None)
    params = load_params()
    few = params.analysis.model_copy(update={"bootstrap": 100})
    monkeypatch.setattr("pum.config.params.load_params", lambda: params.model_copy(update={"analysis": few}))
    name = f"{stage.replace('-', '_')}.ipynb"
    with matplotlib.rc_context():
        execute(name, {"output": str(tmp_path)})
    outs = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"][stage]["outs"]
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {path for out in outs for path in out} - {f"results/notebooks/{name}"}
    for table in tmp_path.rglob("published_*.csv"):
        columns = set(pd.read_csv(table).columns)
        assert "published" in columns or table.name == "published_efficiency_differences.csv", table.name
