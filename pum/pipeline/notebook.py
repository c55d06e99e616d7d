"""Runs a notebook with parameters, and writes an executed copy whose bytes depend on its inputs only.

Papermill executes it. In addition, undeclared parameters are errors, the kernel is one that no setting of the reader
changes (`kernel.py`), kernels of concurrent runs cannot collide, and times, process ids and random ids are removed from
the copy. Warnings and logs (standard error) go to this process's standard error, and not into the copy.
"""

import ast
import logging
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pum.core.errors import InputError
from pum.core.paths import ROOT

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager
    from nbformat import NotebookNode

_VARYING = (
    (re.compile(r"[\w./-]*ipykernel_\d+/\d+\.py"), "<cell>"),
    (re.compile(r"\b0x[0-9a-f]{8,16}\b"), "0x0"),
    (re.compile(re.escape(f"{ROOT}{os.sep}")), ""),
)


class NotebookError(RuntimeError):
    """A cell raised, or its kernel ended. The message names the notebook, and the half-run copy to read."""


def run_notebook(
    source: Path, destination: Path, parameters: Mapping[str, object], variables: Collection[str] = ()
) -> None:
    """Execute `source` with `parameters` from the project's root, and write the executed copy to `destination`.

    While it runs, and after a failure, the copy is called `<destination's stem>.running.ipynb`; `destination` itself is
    only ever a complete run. `variables` names environment variables that its kernel inherits beside the usual ones.
    Raises InputError for a parameter that the notebook's cell tagged `parameters` does not assign, and NotebookError if
    a cell fails or the kernel ends. An interrupted notebook's kernel is killed, with all its processes.
    """
    _spare_a_slow_import()
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from pum.pipeline.kernel import NotebookKernelManager, kernel_environment

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # its errors are raised too
    kernels: list[NotebookKernelManager] = []

    class OwnKernel(NotebookKernelManager):
        def __init__(self, **settings: object) -> None:
            super().__init__(**settings)
            kernels.append(self)

    _require_declared(source, parameters)
    destination.parent.mkdir(parents=True, exist_ok=True)
    running = destination.with_suffix(".running.ipynb")
    with tempfile.TemporaryDirectory(prefix="pumk") as own:
        # By default all kernels started in one folder share the name of their socket, of at most 107 bytes.
        sockets = {"transport": "ipc", "ip": f"{own}/k", "connection_file": f"{own}/kernel.json"}
        environment = {**kernel_environment(variables), "IPYTHONDIR": own}
        try:
            _interruptible(
                lambda: papermill.execute_notebook(
                    str(source.resolve()),
                    str(running.resolve()),
                    parameters=dict(parameters),
                    kernel_name="python3",
                    kernel_manager_class=OwnKernel,
                    language="python",
                    progress_bar=sys.stderr.isatty(),
                    start_timeout=180,
                    iopub_timeout=180,
                    cwd=str(ROOT),
                    record_timing=False,
                    coalesce_streams=True,
                    config=Config({"NotebookKernelManager": {**sockets, "environment": environment}}),
                ),
                kernels,
            )
        except PapermillExecutionError as error:
            raise NotebookError(
                f"{source}: cell {error.exec_count} failed with {error.ename}: {error.evalue} (see {running})"
            ) from error
        except DeadKernelError as error:
            raise NotebookError(
                f"{source}: its kernel was killed, perhaps for want of memory (see {running})"
            ) from error
        except (RuntimeError, TimeoutError) as error:  # the kernel did not start
            raise NotebookError(f"{source}: {error} (see {running})") from error
    notebook = read_notebook(running)
    sys.stderr.write(_logged(notebook))
    nbformat.write(normalise(notebook), running)
    os.replace(running, destination)


def _interruptible(execute: Callable[[], object], kernels: list["KernelManager"]) -> None:
    """Execute in a thread: in the main thread, nbclient would take the signals, and leave tracebacks and the kernel."""
    with ThreadPoolExecutor(1) as beside:
        execution = beside.submit(execute)
        try:
            execution.result()
        except BaseException:
            while not execution.done():  # until the thread has noticed, also if its kernel is still to come
                for kernel in kernels:
                    _kill(kernel)
                wait([execution], timeout=0.1)
            raise


def _kill(kernel: "KernelManager") -> None:
    """Kill a kernel with its workers, which are one process group."""
    process = getattr(kernel.provisioner, "process", None)
    if process:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def declared_parameters(notebook: "NotebookNode", name: str) -> frozenset[str]:
    """The names assigned in the one cell tagged `parameters`; `name` is for the error when there is not exactly one."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise InputError(f"{name}: wants exactly one cell tagged 'parameters', has {len(cells)}")
    targets: list[ast.expr] = []
    for statement in ast.parse(cells[0].source).body:
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return frozenset(node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def read_notebook(path: Path) -> "NotebookNode":
    """The notebook at `path`; InputError when it is missing or no notebook."""
    _spare_a_slow_import()
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise InputError(f"{path}: no such notebook") from None
    except nbformat.reader.NotJSONError:
        raise InputError(f"{path}: not a notebook") from None


def normalise(notebook: "NotebookNode") -> "NotebookNode":
    """Remove logs, times, addresses, random ids and this machine's root path from `notebook`, and return it."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{position:02d}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if not _is_log(output)]
            for output in cell.outputs:
                _steady_output(output)
    return notebook


def _logged(notebook: "NotebookNode") -> str:
    return "".join(out.text for cell in notebook.cells for out in cell.get("outputs", []) if _is_log(out))


def _is_log(output: "NotebookNode") -> bool:
    return output.output_type == "stream" and output.name == "stderr"


def _steady_output(output: "NotebookNode") -> None:
    if output.output_type == "stream":
        output.text = _steady(output.text)
    for mime, content in output.get("data", {}).items():
        if mime.startswith("text/") and isinstance(content, str):
            output.data[mime] = _steady(content)


def _steady(text: str) -> str:
    for varying, constant in _VARYING:
        text = varying.sub(constant, text)
    return text


def _require_declared(source: Path, parameters: Mapping[str, object]) -> None:
    declared = declared_parameters(read_notebook(source), str(source))
    unknown = sorted(set(parameters) - declared)
    if unknown:
        raise InputError(f"{source}: no parameter {', '.join(unknown)} (it has {', '.join(sorted(declared))})")


def _spare_a_slow_import() -> None:
    """Hide an optional dependency of jsonschema (imported by nbformat) that takes 1.4 s to import."""
    sys.modules.setdefault("rfc3987_syntax", None)
