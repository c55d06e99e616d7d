"""The records that packages exchange. All are frozen; `dataclasses.asdict` turns them into plain JSON."""

from dataclasses import dataclass, field
from typing import Literal, TypedDict


class Message(TypedDict):
    """One chat message in the format of chat APIs."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one model call, as counted by the model or its server."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Reply:
    """A chat model's answer. `cut`: it ended because no tokens were left."""

    text: str
    usage: Usage = Usage()
    cut: bool = False


@dataclass(frozen=True)
class ExtractedPreference:
    """A preference found in a user's message, before it becomes a memory card.

    `condition` is empty when the user gave none ("please use bullets"). `negated` marks a retraction or prohibition of
    the action ("no bullets any more"). `span` is the sentence that contains it.

    `kind`: "style" says how to answer, "content" what the user is or likes. `standing`: it holds beyond the reply at
    hand. `quotation`: of the extractor that quotes, the stretch of the message that becomes the card's note.
    """

    condition: str
    action: str
    confidence: float
    scope: Literal["global", "conditional"]
    negated: bool
    span: str
    kind: str = "style"
    standing: bool = True
    quotation: str = ""


@dataclass(frozen=True)
class Note:
    """A note for a prompt: its `text`, and the `action` without the condition, if it has one ("" if not).

    `met`: the condition is known to hold for the present request.
    """

    text: str
    action: str = ""
    met: bool = False


@dataclass(frozen=True)
class Reward:
    """The user's reaction to the previous turn: `value` in [-1, 1], or None if the message says nothing about it."""

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
    """The notes that a method injected, and why. It suffices to evaluate another policy from the log.

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
        """The ids of the injected cards; empty for a method that does not choose among cards."""
        return tuple(candidate.card_id for candidate in self.candidates if candidate.chosen)


@dataclass(frozen=True)
class Prepared:
    """A turn that waits for the model's answer to the user's `message`. Plain data, to be completed exactly once.

    The last of `messages`, the prompt, is the user's; notes may stand behind it.
    """

    user_id: str
    turn_id: str
    message: str
    messages: tuple[Message, ...]
    decision: Decision
    reward: Reward | None = None
    extracted: tuple[ExtractedPreference, ...] = field(default=())
