"""SQLite files with uniform settings, one thread at a time, and errors that name the file."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pum.core.errors import IncompleteRun, InputError

CAN_BE_MADE_AGAIN = "delete it, which loses time and nothing else"


class SqliteFile:
    """A SQLite file that threads and processes may share (None: in memory). Each statement is committed at once.

    Without `durable`, nothing waits for the disk: a killed process loses nothing, but a power cut may damage the file.
    IncompleteRun when the file cannot be opened or written at the moment. InputError when it is damaged; `if_damaged`
    says what to do then.
    """

    def __init__(
        self,
        path: Path | None,
        schema: str,
        *,
        durable: bool = False,
        secure_delete: bool = False,
        if_damaged: str = CAN_BE_MADE_AGAIN,
    ) -> None:
        self.path = path or Path(":memory:")
        self._if_damaged = if_damaged
        self._lock = threading.Lock()
        with self._errors_named():
            self._db = _connect(self.path, schema, durable=durable, secure_delete=secure_delete)

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock, self._errors_named():
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `use`, in one transaction."""
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


def _connect(path: Path, schema: str, *, durable: bool, secure_delete: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode for any thread; `schema` creates missing tables. Raises sqlite3's errors.

    `durable` waits for the disk at each commit, so that a power cut loses nothing. `secure_delete` overwrites deleted
    data.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        # Not a write-ahead log: its index is shared memory, which hosts on one network file system do not share.
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        if secure_delete:
            db.execute("PRAGMA secure_delete=ON")
        db.executescript(schema)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes no data. Raises sqlite3's errors.

    It may write all the same: a transaction that a killed process left half-written is rolled back first.
    """
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=60)) as db:
        db.execute("PRAGMA query_only=ON")
        yield db
