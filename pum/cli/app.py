"""All commands, in the groups that `pum --help` shows, and how a command ends.

Bad input gives one line and exit code 2; later errors give one line and exit code 1.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group, Parameter

import pum
from pum.cli import bench, chat, machines, report, run
from pum.cli.terminal import Formatter, accept_any_text, say
from pum.core.errors import IncompleteRun, InputError
from pum.core.processes import interrupt_on

app = App(
    name="pum",
    help="Personalization User Model: assistants that learn how each person likes to be helped.",
    help_format="plaintext",
    version=pum.__version__,
    default_parameter=Parameter(negative=(), consume_multiple=(1, None)),  # no `--no-live`; `--methods A B`, not empty
    result_action="return_value",
    exit_on_error=False,
    print_error=False,
    suppress_keyboard_interrupt=False,
)
app["--help"].group = app["--version"].group = "Options"

_COMMANDS = {
    "Experiments": (run.run, report.report, report.show, report.list_),
    "Your assistant": (chat.chat, chat.cards, chat.export, chat.forget),
    "Models and servers": (machines.serve, machines.doctor),
    "Cluster": (machines.submit, machines.status, machines.scripts),
    "Internal": (machines.stage, machines.range_),
}
_GROUPS = {title: Group.create_ordered(title) for title in _COMMANDS}
for _title, _commands in _COMMANDS.items():
    for _command in _commands:
        app.command(_command, group=_GROUPS[_title])

_bench = App(name="bench", help="Check the benchmark's files, checkers, judge and speed.", group=_GROUPS["Experiments"])
for _command in (bench.check, bench.agreement, bench.judge, bench.extraction, bench.throughput):
    _bench.command(_command)
_models = App(name="models", help="Fetch model weights.", group=_GROUPS["Models and servers"])
_models.command(machines.get)
for _subcommands in (_bench, _models):
    app.command(_subcommands)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, `sys.argv`'s by default, and return its exit code."""
    accept_any_text()
    log = logging.StreamHandler()
    log.setFormatter(Formatter("pum: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    if threading.current_thread() is threading.main_thread():
        interrupt_on(signal.SIGTERM)
    try:
        code = app(argv) or 0
        sys.stdout.flush()
        return code
    except CycloptsError as error:
        command = " ".join(("pum", *(error.command_chain or ())))
        return _failed(f"{error} (see `{command} --help`)", 2)
    except InputError as error:
        return _failed(error, 2)
    except BrokenPipeError:  # the reader, such as `head`, closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        return _failed("out of memory; a run continues from its last finished session: try fewer --workers", 1)
    except KeyboardInterrupt:
        return _failed("interrupted; the same command continues from the last finished session", 130)
    except _failures() as error:
        return _failed(error, 1)


def _failures() -> tuple[type[Exception], ...]:
    """Errors that are no bugs. Imported only after an error, because these modules are slow to import."""
    from pum.llm.chat_model import ChatError
    from pum.pipeline.notebook import NotebookError

    return ChatError, NotebookError, IncompleteRun, OSError


def _failed(message: object, code: int) -> int:
    say(f"pum: {message}", sys.stderr)
    return code
