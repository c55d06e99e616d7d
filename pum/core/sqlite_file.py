"""SQLite files that can be made again: what goes wrong with one is said with its name."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pum.core.errors import IncompleteRun, InputError


@contextmanager
def named(path: Path) -> Iterator[None]:
    """IncompleteRun when the file at `path` cannot be opened or written just now, InputError when it is damaged."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IncompleteRun(f"{path}: cannot be opened or written ({error}); the same command tries again") from None
    except sqlite3.Error as error:
        raise InputError(f"{path}: damaged ({error}); delete it, which loses time and nothing else") from None
