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
        self._first_failed: dict[tuple[int, str], int] = {}
        self._reasons: list[str] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """IncompleteRun, with the first cause, when nothing works."""
        try:
            yield
        except _NothingWorks:
            for (seed, user_id), session in self._first_failed.items():
                journal = self._folder.journal(seed, user_id)
                journal.drop_from(session)
                journal.close()
            raise IncompleteRun(
                f"{self._folder.config.method}: stopped, because all of the first {ALIKE} sessions failed; nothing of "
                f"them is kept, and the same command tries again ({self._reasons[0]})"
            ) from None

    def ended(self, row: SessionRow) -> None:
        """A session was played to its end and is about to be journaled.

        When the run stops, other users' sessions may still end. They are not journaled, not even one that ended well:
        it may follow a failed session, which is dropped.
        """
        if self._stops:
            raise _NothingWorks
        if row.outcome not in FAILURES:
            self._works = True
        elif not self._works:
            self._first_failed.setdefault((row.seed, row.user_id), row.session)
            self.stopped(row.error)

    def stopped(self, reason: str) -> None:
        """A session could not be played to its end, for this reason."""
        self._reasons.append(reason)
        if self._stops:
            raise _NothingWorks

    @property
    def _stops(self) -> bool:
        return not self._works and len(self._reasons) >= ALIKE
