"""The records that pass between rooms. All are frozen, and turn into plain JSON with `dataclasses.asdict`."""

from dataclasses import dataclass, field
from typing import Literal, TypedDict


class Message(TypedDict):
    """One chat message, in the form every chat API takes."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one model call, counted by whoever answered it."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Reply:
    """What a chat model answered."""

    text: str
    usage: Usage = Usage()


@dataclass(frozen=True)
class ExtractedPreference:
    """A preference found in a user's message, before it becomes a memory card.

    `condition` is empty when the user gave none ("please use bullets"). `negated` marks a retraction or a prohibition
    of the action ("no bullets any more"). `span` is the sentence it was read from.
    """

    condition: str
    action: str
    confidence: float
    scope: Literal["global", "conditional"]
    negated: bool
    span: str


@dataclass(frozen=True)
class Reward:
    """How the user reacted to the previous turn: `value` in [-1, 1], or None when the message says nothing about it."""

    value: float | None
    label: str


@dataclass(frozen=True)
class Candidate:
    """One card that retrieval considered for a turn."""

    card_id: str
    base_score: float
    bonus: float
    probability: float
    chosen: bool


@dataclass(frozen=True)
class Decision:
    """Which notes a method injected, and why; enough to evaluate another policy from the log.

    `base_spread`: standard deviation of the candidates' raw scores. `z_norm`: |z_long + z_short|.
    """

    notes: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    max_similarity: float | None = None
    rank_flip: bool = False
    base_spread: float | None = None
    z_norm: float | None = None

    @property
    def chosen_ids(self) -> tuple[str, ...]:
        """Of the cards that were injected; empty for a method that does not choose among cards."""
        return tuple(candidate.card_id for candidate in self.candidates if candidate.chosen)


@dataclass(frozen=True)
class Prepared:
    """A turn that waits for the model's answer. Plain data; to be completed exactly once."""

    user_id: str
    turn_id: str
    messages: tuple[Message, ...]
    decision: Decision
    reward: Reward | None = None
    extracted: tuple[ExtractedPreference, ...] = field(default=())
