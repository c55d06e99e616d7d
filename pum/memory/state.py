"""Everything the assistant knows of one user, with its conversion to JSON and back."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

from pydantic import JsonValue

from pum.core.errors import InputError
from pum.core.schemas import Candidate, Decision, Message, Prepared
from pum.core.validation import FrozenModel, validated
from pum.memory.card import Card, MemoryParams
from pum.memory.cards import CardCollection
from pum.memory.store import EMPTY_VERSION, UNCHANGED, Changed
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.vectors import UserVectors

FORMAT = 2


@dataclass(frozen=True)
class Pending:
    """A completed turn without a reward yet; the user's next message brings it."""

    turn_id: str
    query: str
    decision: Decision


class _Before(NamedTuple):
    """The parts of a saved state that are compared with the live ones. Messages and vectors never change in place."""

    history: tuple[Message, ...]
    vectors: UserVectors
    method_state: dict[str, Any]


class _Saved(FrozenModel):
    """What a save may contain."""

    format: int
    user_id: str
    cards: dict[int, Card]
    vectors: JsonValue = None
    session: int
    turn: int
    history: dict[int, dict[Literal["role", "content"], str]]
    pending: Pending | None
    request: str | None
    method_state: dict[str, JsonValue] = {}


@dataclass
class UserState:
    """One user's memory. `session` and `turn` count from 0. `open_turn` waits for its reply.

    `request` is the user's last request; remarks on an answer do not replace it. `method_state` holds what methods
    remember beside cards and vectors, as JSON, each under its own name. `version` is that of the saved state which this
    one follows, and `before` are the parts that it has in common with it.
    """

    user_id: str
    cards: CardCollection
    vectors: UserVectors
    session: int = 0
    turn: int = 0
    history: list[Message] = field(default_factory=list)
    pending: Pending | None = None
    open_turn: Prepared | None = None
    request: str | None = None
    method_state: dict[str, Any] = field(default_factory=dict)
    version: str = EMPTY_VERSION
    before: _Before | None = None

    @property
    def turn_id(self) -> str:
        return f"s{self.session}t{self.turn}"

    def to_json(self) -> dict:
        """Plain data, independent of the live state."""
        cards = [card.to_json() for card in self.cards]
        return self._with(cards, list(self.history), self.vectors.to_json(), deepcopy(self.method_state))

    def to_save(self) -> dict:
        """As `to_json`, with only what is not in the store already, after `saved` (see `FileStore.save`).

        InputError for what is no memory, such as a text that is no text.
        """
        if before := self.before:
            said = (*before.history, *(None for _ in self.history))
            new = {place: message for place, message in enumerate(self.history) if message is not said[place]}
            cards = {card.number: card.to_json() for card in map(self.cards.__getitem__, self.cards.unsaved)}
            data = self._with(
                Changed(len(self.cards), cards),
                Changed(len(self.history), new),
                UNCHANGED if self.vectors is before.vectors else self.vectors.to_json(),
                UNCHANGED if self.method_state == before.method_state else deepcopy(self.method_state),
            )
        else:
            data = self.to_json()
        items = {name: dict(_items(data[name])) for name in ("cards", "history")}
        others = {name: value for name, value in data.items() if value is not UNCHANGED}
        validated(_Saved, others | items, f"{self.user_id}: not saved, because this is no memory")
        return data

    def saved(self, version: str) -> None:
        """Note that the store holds this state, as `version`."""
        self.version = version
        self.before = _Before(tuple(self.history), self.vectors, deepcopy(self.method_state))
        self.cards.unsaved.clear()

    def _with(self, cards: object, history: object, vectors: object, method_state: object) -> dict:
        return {
            "format": FORMAT,
            "user_id": self.user_id,
            "cards": cards,
            "vectors": vectors,
            "session": self.session,
            "turn": self.turn,
            "history": history,
            "pending": asdict(self.pending) if self.pending else None,
            "request": self.request,
            "method_state": method_state,
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


def _items(part: list | Changed) -> Iterable[tuple[int, object]]:
    return part.items.items() if isinstance(part, Changed) else enumerate(part)


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
