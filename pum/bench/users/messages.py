"""What a simulated user says, and what it makes of replies."""

from dataclasses import dataclass
from enum import StrEnum


class Said(StrEnum):
    """The kinds of user messages."""

    OPENING = "opening"
    CLARIFIED = "clarified"
    ENFORCEMENT = "enforcement"
    WRONG_ANSWER = "wrong_answer"
    FOLLOWUP = "followup"
    CLOSING = "closing"
    GIVING_UP = "giving_up"


@dataclass(frozen=True)
class Conduct:
    """What the world's knobs leave to chance: that a wrong answer is noticed, that a violation which the user minds is
    overlooked for a turn (`slips`), that a follow-up opens with a remark on the change of topic."""

    notices_errors: float = 0.0
    slips: float = 0.0
    topic_changes: float = 0.0


@dataclass(frozen=True)
class UserMessage:
    """A user's message. `enforced` names the preferences it asks for; `ends` closes the session (nobody answers it)."""

    text: str
    kind: Said
    enforced: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Review:
    """What the user made of a reply: the preferences that applied, those violated, whether the answer was right."""

    applicable: tuple[str, ...] = ()
    violated: tuple[str, ...] = ()
    correct: bool | None = None
