import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import DeadKernelError

import pum.pipeline.kernel
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.pipeline.kernel import kernel_environment
from pum.pipeline.notebook import NotebookError, declared_parameters, normalise, read_notebook, run_notebook
from tests.test_core_processes import ended, workers

BODY = """
import os, sys, threading, warnings
print("threads", *(thread.name for thread in threading.enumerate()))
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


# What a result may show: numbers, a set, time and terminal, files, a table, a figure.
SHOWN = (
    """
import locale, os, shutil, sys, time, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
print([f"{x:n}" for x in (1 / 3, 2e6, 1e-17)], np.array([1 / 3, 1e9]), *{"a", "b", "c", "d", "e"}, __debug__)
print(time.strftime("%Z %c", time.gmtime(0)), locale.getlocale(), shutil.get_terminal_size(), sys.flags.utf8_mode)
print(open(os.devnull).encoding, sys.getfilesystemencoding(), "ü", warnings.filters[0][0], pd.options.display.width)
print(pd.DataFrame(np.arange(60.0).reshape(2, 30) / 7))
_ = plt.plot([1, 3, 2])
""",
    "pd.DataFrame({'x': [1 / 3, 2e9], 'text': ['ü', 'b' * 200]})",
)


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["own settings", "other settings"])
def test_no_setting_of_the_reader_changes_a_byte(again, tmp_path):
    source = make_notebook(tmp_path / "n.ipynb", *SHOWN)
    call = f"from pathlib import Path as P; from pum.pipeline.notebook import run_notebook as r; r(P({str(source)!r}), "
    copies = []
    for name, environment in {"plain": {}, "set": readers_settings(tmp_path, again)}.items():
        copies.append(tmp_path / f"{name}.ipynb")
        command = [sys.executable, "-c", f"{call}P({str(copies[-1])!r}), {{}})"]
        # The cache only saves time: matplotlib keeps there which fonts it has found.
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        subprocess.run(command, env={**os.environ, **environment, "XDG_CACHE_HOME": cache}, cwd=ROOT, check=True)
    assert copies[0].read_bytes() == copies[1].read_bytes()
    assert "image/png" in copies[0].read_text() and "ImportError" not in copies[0].read_text()


def readers_settings(folder: Path, again: bool) -> dict[str, str]:
    """Variables that change what Python, IPython, Jupyter, matplotlib or pandas write, and the files they name."""
    trap = "import builtins, pandas\npandas.set_option('display.precision', 2)\nprint('a startup file')\n"
    config = "c.InlineBackend.figure_formats = {'retina'}\nc.InteractiveShell.ast_node_interactivity = 'all'\n"
    broken = json.dumps({"argv": ["false"], "display_name": "other", "language": "python"})
    home = folder / "home"
    for path, text in {
        ".ipython/profile_default/ipython_config.py": config,
        ".ipython/profile_default/ipython_kernel_config.py": config,
        ".ipython/profile_default/startup/00.py": trap,
        "startup.py": trap,
        "kernels/python3/kernel.json": broken,
        ".local/share/jupyter/kernels/python3/kernel.json": broken,
        "matplotlibrc": "figure.dpi: 31\nlines.linewidth: 9\n",
        ".config/matplotlib/matplotlibrc": "figure.dpi: 31\nlines.linewidth: 9\n",
        "shadow/pum/__init__.py": "raise ImportError('another pum')",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    return {
        **dict.fromkeys(("LANG", "LANGUAGE", "LC_ALL", "LC_NUMERIC", "LC_TIME", "LC_CTYPE"), ("C", "POSIX")[again]),
        "TZ": ("Asia/Kathmandu", "America/St_Johns")[again],
        "HOME": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        **dict.fromkeys(("JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR"), str(home)),
        "JUPYTER_RUNTIME_DIR": "/proc/none",
        "JUPYTER_PREFER_ENV_PATH": "01"[again],
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "none",
        "MPLBACKEND": ("Agg", "svg")[again],
        "MATPLOTLIBRC": str(home / "matplotlibrc"),
        "MPLCONFIGDIR": str(home / ".config" / "matplotlib"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "PYTHONSTARTUP": str(home / "startup.py"),
        "PYTHONPATH": f"{home / 'shadow'}{os.pathsep}{ROOT}" if again else str(ROOT),
        "PYTHONHASHSEED": ("1", "random")[again],
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "latin-1",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONWARNINGS": ("ignore", "default")[again],
        "PYTHONOPTIMIZE": "12"[again],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDEVMODE": "01"[again],
        "PYTHONNODEBUGRANGES": "1",
        "COLUMNS": ("40", "300")[again],
        "LINES": "7",
        "TERM": ("dumb", "xterm-256color")[again],
        ("NO_COLOR", "FORCE_COLOR")[again]: "1",
        "PAGER": "less",
        "VIRTUAL_ENV": str(home),
        "IPYKERNEL_CELL_NAME": "mine",
        "SOURCE_DATE_EPOCH": "1000000000",
        "TQDM_DISABLE": "0",
        "OMP_NUM_THREADS": "12"[again],
        "OPENBLAS_NUM_THREADS": "12"[again],
        "TOKENIZERS_PARALLELISM": "true",
    }


def test_a_kernel_inherits_what_is_documented_and_nothing_else(monkeypatch):
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    documented = page[page.index("A kernel inherits") : page.index("Nothing else of the")]
    passed = ["PUM_WORK", "OPENAI_API_KEY", "HF_HOME", "SLURM_CPUS_PER_TASK", "CUDA_VISIBLE_DEVICES", "PIP_INDEX_URL"]
    passed += ["OMP_NUM_THREADS", "https_proxy", "NO_PROXY", "SSL_CERT_FILE", "LD_LIBRARY_PATH", "TMPDIR", "MY_KEY"]
    for name in passed:
        monkeypatch.setenv(name, name)
    for name in ("MPLBACKEND", "JUPYTER_PATH", "PYTHONSTARTUP", "SOMETHING", "NOT_PUM_WORK", "MY_OTHER_KEY"):
        monkeypatch.setenv(name, "a trap")
    environment = kernel_environment(["MY_KEY"])
    assert {name: environment[name] for name in passed} == {name: name for name in passed}
    assert "a trap" not in environment.values()
    assert environment["PATH"] == os.environ["PATH"]
    for name in re.findall(r"`([A-Z_]+)`", documented):
        name += "X" * name.endswith("_")
        monkeypatch.setenv(name, "inherited")
        assert "inherited" in kernel_environment()[name], name


@pytest.mark.slow
def test_a_kernel_that_does_nothing_is_stopped_and_its_threads_are_shown(tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.setattr(pum.pipeline.kernel, "IDLE_LIMIT_S", 10.0)
    caplog.set_level(logging.ERROR)
    wait = "import threading\ndef waits_for_ever():\n    threading.Event().wait()\nwaits_for_ever()"
    source = make_notebook(tmp_path / "n.ipynb", "sum(range(10**8))", wait)
    with pytest.raises(NotebookError, match=r"n\.ipynb: its kernel was killed, .* \(see .*out\.running\.ipynb\)"):
        run_notebook(source, tmp_path / "out.ipynb", {})
    assert "has done nothing for 10 s" in caplog.text
    assert "in waits_for_ever" in capfd.readouterr().err


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
    assert "threads MainThread" in printed(copies[0]) and "Shell channel" not in printed(copies[0])
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
    assert "\n" not in str(told.value) and isinstance(told.value.__cause__, DeadKernelError)


def test_why_a_kernel_did_not_start_is_kept(tmp_path, monkeypatch):
    reason = RuntimeError("Kernel died before replying to kernel_info")

    def fails(*_: object, **__: object) -> None:
        raise reason

    monkeypatch.setattr(papermill, "execute_notebook", fails)
    with pytest.raises(NotebookError, match="Kernel died before replying") as told:
        run_notebook(make_notebook(tmp_path / "n.ipynb", "1"), tmp_path / "out.ipynb", {})
    assert told.value.__cause__ is reason


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
import signal, sys
from pathlib import Path
from pum.core.processes import interrupt_on
from pum.pipeline.notebook import run_notebook
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
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
