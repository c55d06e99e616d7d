"""Stops a run in which nothing works, before it has played all of its sessions for nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from pum.core.errors import IncompleteRun
from pum.results.files import FAILURES, SessionRow
from pum.runner.run_folder import RunFolder

ALIKE = 5
"""If so many sessions or users fail before one session ends well, the run stops."""


class _NothingWorks(Exception):
    pass


class FirstSessions:
    """Watches the first ends of sessions in this process.

    When all of the first `ALIKE` are failures, the fault lies with the server or the settings and not with sessions. So
    they are taken out of the journals again, and the same command plays them anew.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._works = False
        self._failed: list[SessionRow] = []
        self._reasons: list[str] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """IncompleteRun, with the first cause, when nothing works."""
        try:
            yield
        except _NothingWorks:
            for row in self._failed:
                journal = self._folder.journal(row.seed, row.user_id)
                journal.drop_from(row.session)
                journal.close()
            raise IncompleteRun(
                f"{self._folder.config.method}: stopped, because all of the first {ALIKE} sessions failed; nothing of "
                f"them is kept, and the same command tries again ({self._reasons[0]})"
            ) from None

    def ended(self, row: SessionRow) -> None:
        if row.outcome not in FAILURES:
            self._works = True
        elif not self._works:
            self._failed.append(row)
            self.stopped(row.error)

    def stopped(self, reason: str) -> None:
        """A session could not be played to its end, for this reason."""
        self._reasons.append(reason)
        if not self._works and len(self._reasons) >= ALIKE:
            raise _NothingWorks
