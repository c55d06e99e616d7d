"""The rows of results, flat so that any file format can hold them, and the files that hold them.

Files are written atomically, and with the same bytes for the same rows.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pum.core.errors import InputError
from pum.core.files import read_json, write_text, write_whole

FORMAT = 2
"""Of a run's files. In format 1 cards have no `until` and no `last_use`, and turns no `base_spread` and no `z_norm`."""


class Outcome(StrEnum):
    """How a session ended. Errors count in the denominator; infrastructure errors are tried again on resume."""

    COMPLETED = "completed"
    TIMEOUT = "timeout"
    GAVE_UP = "gave_up"
    AGENT_ERROR = "agent_error"
    USER_ERROR = "user_error"
    INFRASTRUCTURE_ERROR = "infrastructure_error"


FAILURES = (Outcome.AGENT_ERROR, Outcome.USER_ERROR, Outcome.INFRASTRUCTURE_ERROR)


@dataclass(frozen=True)
class SessionRow:
    """One scheduled session. `success`: the accepted answer was graded right.

    Tokens are counted by the chat model. `own_` tokens, of calls that the method made for itself, are included in the
    totals.
    """

    seed: int
    user_id: str
    session: int
    task_id: str
    topic: str
    request_type: str
    outcome: str
    success: bool
    turns: int
    enforcements: int
    first_turn_enforced: bool
    applicable: int
    violated: int
    user_tokens: int
    agent_tokens: int
    prompt_tokens: int
    own_agent_tokens: int
    own_prompt_tokens: int
    notes_injected: int
    rank_flips: int
    cards: int
    z_long_norm: float
    error: str = ""


@dataclass(frozen=True)
class TurnRow:
    """One user message and its reply. Lists are JSON text. `reward` is read from it, about the turn before."""

    seed: int
    user_id: str
    session: int
    turn: int
    kind: str
    request_type: str
    message: str
    reply: str
    user_tokens: int
    agent_tokens: int
    prompt_tokens: int
    applicable: str
    violated: str
    enforced: str
    correct: bool | None
    reward: float | None
    reward_label: str
    extracted: str
    notes: str
    candidates: str
    max_similarity: float | None
    rank_flip: bool
    base_spread: float | None
    z_norm: float | None


def read_results(folder: Path) -> dict:
    """results.json of a run; its rows become dictionaries under "sessions". InputError without it, or for a format
    that is not known."""
    path = folder / "results.json"
    data = read_json(made(path))
    if data["format"] not in (1, FORMAT):
        raise InputError(f"{path}: results of format {data['format']}; this version of pum reads 1 and {FORMAT}")
    data["sessions"] = [dict(zip(data["columns"], row, strict=True)) for row in data.pop("rows")]
    return data


def made(path: Path) -> Path:
    """`path`; InputError if no stage has made it yet."""
    if not path.exists():
        raise InputError(f"{path}: not there; `dvc repro` makes it")
    return path


def write_parquet(path: Path, rows: list[dict], columns: list[str]) -> None:
    """Write a Parquet file; the bytes are stable for the pinned pyarrow."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    write_whole(
        path, lambda temporary: frame.to_parquet(temporary, index=False, compression="zstd", compression_level=9)
    )


def write_json(path: Path, data: dict) -> None:
    """Write JSON, sorted and indented, with one line for each of the table's `rows`."""
    rows = data.get("rows")
    text = json.dumps({**data, "rows": []} if rows else data, sort_keys=True, indent=1, ensure_ascii=False)
    if rows:
        lines = ",\n  ".join(compact_json(row) for row in rows)
        text = text.replace('"rows": []', f'"rows": [\n  {lines}\n ]')
    write_text(path, text + "\n")


def compact_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
