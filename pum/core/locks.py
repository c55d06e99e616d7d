"""Advisory locks on files and folders. The system releases them when the process that holds them dies.

By flock rather than through a library: runs need shared locks, and a lock on the results' own folder, so that no lock
file lies among the results.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pum.core.errors import InputError


@contextmanager
def locked(path: Path, busy: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of `path`: a folder, or a file, which is made if there is none. Shared ones may be held by many.

    InputError with the words `busy` when another process holds it; with "" this one waits.
    """
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise InputError(busy) from None
        yield
    finally:
        os.close(descriptor)
