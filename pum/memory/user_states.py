"""Users' states as one process knows them, and what people may ask of them: to see, to change a card, to be forgotten.

Each is read from the store when it is first asked for, and let go of when another process has saved a newer one.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from pum.core.errors import InputError
from pum.core.schemas import Usage
from pum.extraction.rules import LONGEST_ACTION, RuleExtractor, note_of
from pum.memory.card import Card, MemoryParams, Source
from pum.memory.cards import CardCollection
from pum.memory.state import UserState
from pum.memory.store import EMPTY_VERSION, Conflict, FileStore, Saved, check_user_id
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.vectors import UserVectors


class UserStateManager:
    """Many users, each apart from the others; without a `store` nothing of them outlives the process.

    Whoever changes a state, or reads several things of one, holds `lock` meanwhile. `vector_rank` is that of the item
    space; None where nobody learns, so that vectors of any are left as they are.
    """

    def __init__(
        self,
        embedder: CachedEmbedder,
        vector_rank: int | None,
        memory: MemoryParams,
        store: FileStore | None,
    ) -> None:
        self.store, self.lock = store, threading.RLock()
        self._embedder, self._vector_rank, self._memory = embedder, vector_rank, memory
        self._states: dict[str, UserState] = {}
        self._versions: dict[str, str] = {}  # of what the store holds, as far as this process knows
        self._spent: dict[str, list[Usage]] = {}

    def state(self, user_id: str) -> UserState:
        """The user's live state; a new user starts at zero."""
        with self.lock:
            if user_id not in self._states:
                check_user_id(user_id)
                saved = self.store.read(user_id) if self.store else Saved(None, EMPTY_VERSION)
                self.restore_or_reset(user_id, saved.state)
                self._versions[user_id] = saved.version
            return self._states[user_id]

    def latest(self, user_id: str) -> UserState:
        """As `state`, after what other processes have saved."""
        with self.lock:
            self.catch_up(user_id)
            return self.state(user_id)

    def restore_or_reset(self, user_id: str, data: dict | None) -> None:
        """Put a user back to a state that `UserState.to_json` gave; without one, to that of a stranger.

        InputError for a damaged state, another user's, or one of another format or item space.
        """
        state = (
            UserState.from_json(data, self._embedder, self._memory)
            if data
            else UserState(
                user_id, CardCollection((), self._embedder, self._memory), UserVectors.zero(self._vector_rank or 0)
            )
        )
        if state.user_id != user_id:
            raise InputError(f"what is kept for {user_id} is that of {check_user_id(state.user_id)}; it is not used")
        if self._vector_rank is not None and not state.vectors.fits(self._vector_rank):
            raise InputError(f"the memory of {user_id} has vectors of another item space than this one")
        self._spent.pop(user_id, None)
        self._states[user_id] = state

    def catch_up(self, user_id: str) -> None:
        """Let go of a state that another process has replaced (or forgotten) in the store."""
        with self.lock:
            known = check_user_id(user_id) in self._states
            if self.store and known and self.store.version(user_id) != self._versions.get(user_id):
                self._drop(user_id)

    def save(self, state: UserState) -> None:
        """What cannot be saved is not remembered in this process either: the store has the last word.

        Conflict where another process has saved the user first, also when this one has caught up with it meanwhile.
        """
        if not self.store:
            return
        if self._states.get(state.user_id) is not state:
            raise Conflict(f"{state.user_id}: this memory has changed meanwhile; prepare the turn again")
        try:
            after = self._versions.get(state.user_id)
            self._versions[state.user_id] = self.store.save(state.user_id, state.to_json(), after)
        except (Conflict, InputError):
            self._drop(state.user_id)
            raise

    def forget(self, user_id: str) -> None:
        """Cards, vectors, conversations, here and in the store."""
        with self.lock:
            self._drop(check_user_id(user_id))
            if self.store:
                self.store.delete(user_id)

    def export(self, user_id: str) -> dict:
        """All that is known of this user, as plain data (`UserState.to_json`)."""
        with self.lock:
            return self.latest(user_id).to_json()

    def cards(self, user_id: str) -> tuple[Card, ...]:
        """This user's cards, those of the past too, in the order in which they were first heard."""
        with self.lock:
            return tuple(self.latest(user_id).cards)

    def change_card(self, user_id: str, card_id: str, change: Callable[[Card, Source], Card]) -> Card:
        """Put `change(card, now)` in the card's place; InputError when this user has no such card."""
        with self.lock:
            while True:
                state = self.latest(user_id)
                card = change(state.cards.known(card_id), Source(state.session, state.turn))
                state.cards.put(card)
                try:
                    self.save(state)
                    return card
                except Conflict:  # another process was first: the same change to what is there now
                    continue

    def spend(self, user_id: str, usage: Usage) -> None:
        """Book a model call that the method made for itself in this user's session."""
        with self.lock:
            self._spent.setdefault(user_id, []).append(usage)

    def settle(self, user_id: str) -> Usage:
        """All that was booked since the last time; the account is empty then."""
        with self.lock:
            spent = self._spent.pop(user_id, [])
        return Usage(sum(u.prompt_tokens for u in spent), sum(u.completion_tokens for u in spent))

    def _drop(self, user_id: str) -> None:
        for known in (self._states, self._versions, self._spent):
            known.pop(user_id, None)


def disabled(card: Card, now: Source) -> Card:
    """No more valid from `now` on; the end of a card of the past stays what it was."""
    return replace(card, until=now) if card.active else card


def edited(card: Card, text: str) -> Card:
    """The card with `text` in the place of what it said: as the rules read it if they find one preference in it, else
    in these very words, for every occasion. InputError when it is empty, too long, or the card is one of the past."""
    note = " ".join(text.split())
    if not 0 < len(note) <= LONGEST_ACTION:
        raise InputError(f"a card says something in 1 to {LONGEST_ACTION} characters, not {len(note)}")
    if not card.active:
        raise InputError(f"{card.card_id} is not used any more; say what you want instead, and it will be a new card")
    read = RuleExtractor().extract(note)
    if len(read) != 1:
        return replace(card, note=note, wordings=(note,), condition="", action=note, scope="global", negated=False)
    (said,) = read
    return replace(
        card,
        note=note_of(said),
        wordings=(note_of(said),),
        condition=said.condition,
        action=said.action,
        scope=said.scope,
        negated=said.negated,
        confidence=max(card.confidence, said.confidence),
    )
