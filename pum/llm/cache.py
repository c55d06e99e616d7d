"""Replies that were paid for once: a SQLite file from whole requests to valid replies."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pum.core.schemas import Reply, Usage
from pum.core.sqlite_file import SqliteFile

REPLIES = "replies.sqlite"
"""The cache's name in the working folder."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    digest TEXT PRIMARY KEY, text TEXT, prompt_tokens INTEGER, completion_tokens INTEGER
) WITHOUT ROWID
"""


class ResponseCache:
    """Holds valid replies only: a failure is asked for again. Any number of processes may share the file."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA)

    def get(self, request: Mapping[str, object]) -> Reply | None:
        query = "SELECT text, prompt_tokens, completion_tokens FROM replies WHERE digest = ?"
        with self._file.use() as db:
            row = db.execute(query, (_digest(request),)).fetchone()
        return Reply(row[0], Usage(row[1], row[2])) if row else None

    def put(self, request: Mapping[str, object], reply: Reply) -> None:
        values = (_digest(request), reply.text, reply.usage.prompt_tokens, reply.usage.completion_tokens)
        with self._file.use() as db:
            db.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", values)


def _digest(request: Mapping[str, object]) -> str:
    """Of everything in the request: what is not in it must not matter."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
