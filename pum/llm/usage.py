"""What calls to served models cost: calls and tokens by purpose, as the servers count them."""

from pathlib import Path

from pum.core.schemas import Usage
from pum.core.sqlite_file import SqliteFile
from pum.llm.chat_model import CallOutcome

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    purpose TEXT, outcome TEXT, calls INTEGER, prompt_tokens INTEGER, completion_tokens INTEGER,
    PRIMARY KEY (purpose, outcome)
) WITHOUT ROWID
"""
_ADD = """
INSERT INTO calls VALUES (?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + 1,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens
"""


class UsageLedger:
    """Every attempt is booked as it ends, those of sessions that are lost later too; a file outlives a killed run."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = SqliteFile(path, _SCHEMA)

    def book(self, purpose: str, outcome: CallOutcome, usage: Usage | None = None) -> None:
        usage = usage or Usage()
        with self._file.use() as db:
            db.execute(_ADD, (purpose, outcome, usage.prompt_tokens, usage.completion_tokens))

    def totals(self) -> dict[str, dict]:
        """Purpose -> {"calls": {outcome: n}, "prompt_tokens": n, "completion_tokens": n}."""
        found: dict[str, dict] = {}
        with self._file.use() as db:
            rows = db.execute("SELECT * FROM calls ORDER BY purpose, outcome").fetchall()
        for purpose, outcome, calls, prompt, completion in rows:
            total = found.setdefault(purpose, {"calls": {}, "prompt_tokens": 0, "completion_tokens": 0})
            total["calls"][outcome] = calls
            total["prompt_tokens"] += prompt
            total["completion_tokens"] += completion
        return found

    def close(self) -> None:
        self._file.close()
