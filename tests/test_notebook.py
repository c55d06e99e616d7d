import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.pipeline.notebook import NotebookError, declared_parameters, normalise, read_notebook, run_notebook
from tests.test_core_processes import ended, workers

BODY = """
import os, sys, warnings
print(f"the root is {os.getcwd()}{os.sep}pum")
print("size", size, "of", object())
print(f"half-run folders of process {os.getpid()}", file=sys.stderr)
warnings.warn("a warning")
print(sorted({"a", "b", "c"}), hash("a"), os.environ["TQDM_DISABLE"])
"""


def make_notebook(path: Path, *cells: str, parameters: str = "size = 1\nlabel: str = 'tiny'") -> Path:
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[first, *map(nbformat.v4.new_code_cell, cells)])
    nbformat.write(notebook, path)
    return path


def printed(path: Path) -> str:
    outputs = (output for cell in read_notebook(path).cells for output in cell.get("outputs", []))
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.mark.slow
def test_two_runs_write_the_same_bytes_and_leave_the_environment_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONHASHSEED", "17")
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    source = make_notebook(tmp_path / "n.ipynb", BODY)
    copies = [tmp_path / "a" / "n.ipynb", tmp_path / "b" / "n.ipynb"]
    for copy in copies:
        run_notebook(source, copy, {"size": 7})

    assert copies[0].read_bytes() == copies[1].read_bytes()
    assert "size 7 of <object object at 0x0>" in printed(copies[0])
    assert str(ROOT) not in copies[0].read_text()
    assert "the root is pum" in printed(copies[0])
    assert [path.name for path in copies[0].parent.iterdir()] == ["n.ipynb"]
    assert "process" not in printed(copies[0]) and "a warning" not in printed(copies[0])
    logged = capsys.readouterr().err
    assert logged.count("half-run folders of process") == 2 and logged.count("UserWarning: a warning") == 2
    assert os.environ["PYTHONHASHSEED"] == "17"
    assert "TQDM_DISABLE" not in os.environ


def test_a_failing_cell_is_named_and_its_half_run_copy_stays(tmp_path):
    source = make_notebook(tmp_path / "n.ipynb", "print('before')", "1 / 0")
    with pytest.raises(NotebookError, match=r"n\.ipynb: cell 3 failed with ZeroDivisionError: division by zero"):
        run_notebook(source, tmp_path / "out.ipynb", {})

    assert not (tmp_path / "out.ipynb").exists()
    assert "before" in printed(tmp_path / "out.running.ipynb")


def test_a_killed_kernel_is_one_line(tmp_path):
    """As the system kills it when memory runs out."""
    source = make_notebook(tmp_path / "n.ipynb", "import os\nos.kill(os.getpid(), 9)")
    with pytest.raises(NotebookError, match=r"n\.ipynb: its kernel was killed, .* memory") as told:
        run_notebook(source, tmp_path / "out.ipynb", {})
    assert "\n" not in str(told.value)


# A notebook whose kernel has a worker; both write their process's id.
_BUSY = """
from pathlib import Path
import os
from pum.core.processes import worker_processes
from tests.test_core_processes import play_for_ever
with worker_processes(1) as pool:
    Path({folder!r}, f"{{os.getpid()}}.worker").touch()
    list(pool.map(play_for_ever, [Path({folder!r})]))
"""
_STAGE = """
import sys
from pathlib import Path
from pum.core.processes import interrupt_on
from pum.pipeline.notebook import run_notebook
import signal
interrupt_on(signal.SIGTERM)
try:
    run_notebook(Path(sys.argv[1]), Path(sys.argv[2]), {})
except KeyboardInterrupt:
    sys.exit("one line")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 9))])
def test_a_kernel_and_its_workers_end_with_the_notebook(number, tmp_path):
    """SIGTERM, Ctrl-C and SIGKILL, while a cell is running."""
    source = make_notebook(tmp_path / "n.ipynb", _BUSY.format(folder=str(tmp_path)))
    command = [sys.executable, "-c", _STAGE, str(source), str(tmp_path / "out.ipynb")]
    stage = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while len(list(tmp_path.glob("*.worker"))) < 2:
        assert stage.poll() is None
        time.sleep(0.01)
    playing = workers(tmp_path)
    stage.send_signal(number)
    assert ended(playing, within_s=2)
    said = stage.communicate(timeout=20)[1]
    if number == signal.SIGKILL:
        assert stage.returncode == -number
    else:
        assert (said, stage.returncode) == ("one line\n", 1)


def test_an_undeclared_parameter_is_refused_before_anything_runs(tmp_path):
    source = make_notebook(tmp_path / "n.ipynb", "print(size)")
    with pytest.raises(InputError, match=r"n\.ipynb: no parameter seize \(it has label, size\)"):
        run_notebook(source, tmp_path / "out" / "n.ipynb", {"seize": 3})
    assert not (tmp_path / "out").exists()


def test_what_is_no_notebook_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such notebook"):
        run_notebook(tmp_path / "absent.ipynb", tmp_path / "out.ipynb", {})
    (tmp_path / "text.ipynb").write_text("hello")
    with pytest.raises(InputError, match="not a notebook"):
        run_notebook(tmp_path / "text.ipynb", tmp_path / "out.ipynb", {})


def test_declared_parameters_are_read_from_the_one_tagged_cell(tmp_path):
    path = make_notebook(tmp_path / "n.ipynb", "other = 2", parameters="a = b = 1\nc: int = 2\nd, (e, f) = 1, (2, 3)")
    assert declared_parameters(read_notebook(path), "n") == frozenset("abcdef")

    untagged = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1")])
    with pytest.raises(InputError, match="exactly one cell tagged 'parameters', has 0"):
        declared_parameters(untagged, "n")


def test_normalise_takes_out_what_varies_and_keeps_the_rest():
    varying = f"<div>at 0x7f12ab34cd56, {ROOT}/pum/core/rng.py, /somewhere/ipykernel_12/345.py:3</div>"
    cell = nbformat.v4.new_code_cell(
        "f()",
        metadata={"tags": ["kept"], "papermill": {"duration": 1.5}, "execution": {"iopub.status.busy": "now"}},
        outputs=[nbformat.v4.new_output("display_data", data={"text/html": varying, "image/png": "0x7f12ab34cd56"})],
    )
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {"start_time": "now"}})
    clean = normalise(notebook)

    assert clean.metadata == {}
    assert clean.cells[0]["id"] == "cell-00"
    assert clean.cells[0].metadata == {"tags": ["kept"]}
    data = clean.cells[0].outputs[0].data
    assert data["text/html"] == "<div>at 0x0, pum/core/rng.py, <cell>:3</div>"
    assert data["image/png"] == "0x7f12ab34cd56"
