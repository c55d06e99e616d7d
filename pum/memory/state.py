"""Everything the assistant knows of one user, with its conversion to JSON and back."""

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from pum.core.errors import InputError
from pum.core.schemas import Candidate, Decision, Message
from pum.memory.card import Card, MemoryParams
from pum.memory.cards import CardCollection
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.vectors import UserVectors

FORMAT = 2


@dataclass(frozen=True)
class Pending:
    """A completed turn without a reward yet; the user's next message brings it."""

    turn_id: str
    query: str
    decision: Decision


@dataclass
class UserState:
    """One user's memory. `session` and `turn` count from 0. `open_turn` is a prepared turn that waits for its reply.

    `request` is the user's last request; remarks on an answer do not replace it. `method_state` holds what methods
    remember beside cards and vectors, as JSON, each under its own name.
    """

    user_id: str
    cards: CardCollection
    vectors: UserVectors
    session: int = 0
    turn: int = 0
    history: list[Message] = field(default_factory=list)
    pending: Pending | None = None
    open_turn: str | None = None
    request: str | None = None
    method_state: dict[str, Any] = field(default_factory=dict)

    @property
    def turn_id(self) -> str:
        return f"s{self.session}t{self.turn}"

    def to_json(self) -> dict:
        """Plain data, independent of the live state."""
        return {
            "format": FORMAT,
            "user_id": self.user_id,
            "cards": [card.to_json() for card in self.cards],
            "vectors": self.vectors.to_json(),
            "session": self.session,
            "turn": self.turn,
            "history": list(self.history),
            "pending": asdict(self.pending) if self.pending else None,
            "request": self.request,
            "method_state": deepcopy(self.method_state),
        }

    @classmethod
    def from_json(cls, data: dict, embedder: CachedEmbedder, memory: MemoryParams) -> "UserState":
        """InputError for data that does not come from `to_json`, of this format or the previous one."""
        if not isinstance(data, dict) or data.get("format") not in (1, FORMAT):
            raise InputError(f"a memory in another format than {FORMAT}, saved by another version of pum")
        try:
            if data["format"] == 1:
                data = _from_format_1(data)
            return cls(
                user_id=data["user_id"],
                cards=CardCollection(tuple(Card.from_json(card) for card in data["cards"]), embedder, memory),
                vectors=UserVectors.from_json(data["vectors"]),
                session=data["session"],
                turn=data["turn"],
                history=list(data["history"]),
                pending=_pending(data["pending"]),
                request=data["request"],
                method_state=deepcopy(dict(data["method_state"])),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"a damaged memory ({type(error).__name__}: {error})") from None


def _from_format_1(data: dict) -> dict:
    """Format 1 had separate fields for the state of two methods."""
    remembered = {"contextual": data["archive"], "reflection": data["reflection"]}
    return {**data, "method_state": {name: value for name, value in remembered.items() if value}}


def _pending(data: dict | None) -> Pending | None:
    if data is None:
        return None
    decision = dict(data["decision"])
    decision["notes"] = tuple(decision["notes"])
    decision["candidates"] = tuple(Candidate(**candidate) for candidate in decision["candidates"])
    return Pending(data["turn_id"], data["query"], Decision(**decision))
