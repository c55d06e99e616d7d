"""SQLite files: opened in one way, used by one thread at a time, and what goes wrong with one is said with its name."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pum.core.errors import IncompleteRun, InputError

CAN_BE_MADE_AGAIN = "delete it, which loses time and nothing else"


class SqliteFile:
    """A SQLite file that threads and processes may share (None: in memory). Each statement is kept at once.

    IncompleteRun when it cannot be opened or written just now; InputError when it is damaged, with what to do then.
    """

    def __init__(
        self, path: Path | None, schema: str, *, secure_delete: bool = False, if_damaged: str = CAN_BE_MADE_AGAIN
    ) -> None:
        self.path = path or Path(":memory:")
        self._if_damaged = if_damaged
        self._lock = threading.Lock()
        with self._errors_named():
            self._db = connect(self.path, schema, secure_delete=secure_delete)

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock, self._errors_named():
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `use`, and all that is written is kept, or nothing."""
        with self.use() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            raise IncompleteRun(
                f"{self.path}: cannot be opened or written ({error}); the same command tries again"
            ) from None
        except sqlite3.Error as error:
            raise InputError(f"{self.path}: damaged ({error}); {self._if_damaged}") from None


def connect(path: Path, schema: str, *, wal: bool = True, secure_delete: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode for any thread; `schema` creates what is not there yet. sqlite3's own errors.

    `secure_delete`: what is deleted is overwritten. Without `wal` no other file lies beside this one for long.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        if wal:
            # Survives a killed process at any point; only a power cut may lose the last transactions.
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
        if secure_delete:
            db.execute("PRAGMA secure_delete=ON")
        db.executescript(schema)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, so that it disturbs nobody. sqlite3's own errors."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60)) as db:
        yield db
