"""Processes that end together: workers that never outlive the process that started them, and signals that interrupt."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess


class _Worker(SpawnProcess):
    """Ctrl-C reaches every process of a terminal, but only the parent acts on it; a worker never sees it."""

    def start(self) -> None:
        resource_tracker.ensure_running()  # starting it unblocks the signal
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Workers(SpawnContext):
    Process = _Worker


@contextmanager
def worker_processes(count: int, holding: Sequence[int] = ()) -> Iterator[ProcessPoolExecutor]:
    """A pool of `count` processes. They end when the block does, and when this process does, in whatever way.

    An error in the block, such as KeyboardInterrupt, ends them at once. They are spawned: a fork of a process in which
    torch has started threads may hang. Each inherits the descriptors `holding`: if these hold locks, nobody else gets
    them before the last worker has ended.
    """
    with ExitStack() as stack:
        closed, parent = multiprocessing.Pipe(duplex=False)  # the system closes `parent` when this process is killed
        inherited = [closed, *(Connection(os.dup(descriptor)) for descriptor in holding)]
        for connection in (*inherited, parent):
            stack.enter_context(connection)
        pool = ProcessPoolExecutor(count, _Workers(), _end_with_parent, tuple(inherited))
        stack.callback(pool.shutdown)
        try:
            yield pool
        except BaseException:
            parent.close()
            raise


def _end_with_parent(closed: Connection, *held: Connection) -> None:
    threading.Thread(target=_exit_when_ready, args=(closed, held), daemon=True).start()


def _exit_when_ready(closed: Connection, held: Sequence[Connection]) -> None:
    """`held` stays open until this process ends. Nothing is cleaned up: whoever is interested in it has gone."""
    closed.poll(None)
    os._exit(1)


def exit_with_parent() -> None:
    """End this process at once when the one that started it ends."""
    threading.Thread(target=_exit_when_orphaned, args=(os.getppid(),), daemon=True).start()


def _exit_when_orphaned(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def interrupt_on(*numbers: signal.Signals) -> None:
    """Let these signals interrupt the process as Ctrl-C does. One that is ignored (nohup) stays ignored."""
    for number in numbers:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    """Raise KeyboardInterrupt once: a closed terminal may hang up twice, and stopping may take time."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
