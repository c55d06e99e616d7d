"""The rows of results: one per session and one per turn, flat so that any file format can hold them."""

from dataclasses import dataclass
from enum import StrEnum


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
    """One user message and its reply. Lists are JSON text. `reward` is read from this message, about the turn before."""

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
