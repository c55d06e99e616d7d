"""What all clients of one run share: endpoints, the usage ledger, the reply cache and the call budget."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pum.core.schemas import Reply, Usage
from pum.core.sqlite_file import SqliteFile
from pum.llm.chat_model import BudgetSpent, CallOutcome
from pum.llm.endpoints import Endpoint

REPLIES = "replies.sqlite"
"""File name of the reply cache in the working folder."""


class UsageLedger:
    """Counts calls and tokens by purpose, as the servers report them.

    Every attempt is recorded when it ends, even if its session is lost later. With a file, the counts survive a killed
    run.
    """

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

    def __init__(self, path: Path | None = None) -> None:
        self._file = SqliteFile(path, self._SCHEMA)

    def book(self, purpose: str, outcome: CallOutcome, usage: Usage | None = None) -> None:
        usage = usage or Usage()
        with self._file.use() as db:
            db.execute(self._ADD, (purpose, outcome, usage.prompt_tokens, usage.completion_tokens))

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


class ResponseCache:
    """Maps whole requests to valid replies, in a SQLite file. A failed request is sent again.

    Any number of processes may share the file.
    """

    _SCHEMA = """
    CREATE TABLE IF NOT EXISTS replies (
        digest TEXT PRIMARY KEY, text TEXT, prompt_tokens INTEGER, completion_tokens INTEGER
    ) WITHOUT ROWID
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, self._SCHEMA)

    def get(self, request: Mapping[str, object]) -> Reply | None:
        query = "SELECT text, prompt_tokens, completion_tokens FROM replies WHERE digest = ?"
        with self._file.use() as db:
            row = db.execute(query, (self._digest(request),)).fetchone()
        return Reply(row[0], Usage(row[1], row[2])) if row else None

    def put(self, request: Mapping[str, object], reply: Reply) -> None:
        values = (self._digest(request), reply.text, reply.usage.prompt_tokens, reply.usage.completion_tokens)
        with self._file.use() as db:
            db.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", values)

    @staticmethod
    def _digest(request: Mapping[str, object]) -> str:
        """Covers the whole request: nothing outside it may influence the reply."""
        return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass
class ClientPool:
    """The shared endpoints, ledger, cache and budget.

    `call_budget` limits the attempts, including retries and repairs (None: no limit); `calls` counts them. All roles
    served at one address share its limit of `concurrency` open requests. `sharers` processes that run at the same time
    divide that limit equally.
    """

    ledger: UsageLedger = field(default_factory=UsageLedger)
    cache: ResponseCache | None = None
    call_budget: int | None = None
    calls: int = 0
    sharers: int = 1
    _endpoints: dict[tuple[str | None, str], Endpoint] = field(default_factory=dict)

    def endpoint(self, url: str | None, api_key_env: str, concurrency: int) -> Endpoint:
        """The one endpoint for this address and key. The first caller sets its limit."""
        part = max(concurrency // self.sharers, 1)
        return self._endpoints.setdefault((url, api_key_env), Endpoint(url, api_key_env, part))

    def spend(self) -> None:
        """Count one more call. Raises BudgetSpent when the budget is used up."""
        if self.call_budget is not None and self.calls >= self.call_budget:
            raise BudgetSpent(f"the budget of {self.call_budget} calls is spent; resume with a larger one")
        self.calls += 1
