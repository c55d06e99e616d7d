"""Manages the states of many users in one process: loading, saving, showing, changing cards, forgetting.

A state is loaded from the store on first use, and dropped when another process has saved a newer one.
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
    """The live states of many users. Without a `store`, they end with the process.

    Hold `lock` while you change a state or read several parts of it. `vector_rank` is the rank of the item space; None
    where nothing is learned, so that vectors of any rank stay as they are.
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
        """As `state`, but including what other processes have saved."""
        with self.lock:
            self.catch_up(user_id)
            return self.state(user_id)

    def restore_or_reset(self, user_id: str, data: dict | None) -> None:
        """Restore a user from the data of `UserState.to_json`; without data, reset to a new user.

        InputError for a damaged state, another user's, or one of another format or item space.
        """
        if data:
            state = UserState.from_json(data, self._embedder, self._memory)
        else:
            no_cards = CardCollection((), self._embedder, self._memory)
            state = UserState(user_id, no_cards, UserVectors.zero(self._vector_rank or 0))
        if state.user_id != user_id:
            raise InputError(f"the state saved for {user_id} belongs to {check_user_id(state.user_id)}; it is not used")
        if self._vector_rank is not None and not state.vectors.fits(self._vector_rank):
            raise InputError(f"the memory of {user_id} has vectors of another item space than this one")
        self._spent.pop(user_id, None)
        self._states[user_id] = state

    def catch_up(self, user_id: str) -> None:
        """Drop a state that another process has replaced or deleted in the store."""
        with self.lock:
            known = check_user_id(user_id) in self._states
            if self.store and known and self.store.version(user_id) != self._versions.get(user_id):
                self._drop(user_id)

    def save(self, state: UserState) -> None:
        """Save to the store. A state that cannot be saved is dropped here too, so that both agree.

        Conflict when another process has saved the user first.
        """
        if not self.store:
            return
        if self._states.get(state.user_id) is not state:
            raise Conflict(f"{state.user_id}: this memory has changed; prepare the turn again")
        try:
            after = self._versions.get(state.user_id)
            self._versions[state.user_id] = self.store.save(state.user_id, state.to_json(), after)
        except (Conflict, InputError):
            self._drop(state.user_id)
            raise

    def forget(self, user_id: str) -> None:
        """Delete cards, vectors and conversations, here and in the store."""
        with self.lock:
            self._drop(check_user_id(user_id))
            if self.store:
                self.store.delete(user_id)

    def export(self, user_id: str) -> dict:
        """Everything known of this user, as plain data (`UserState.to_json`)."""
        with self.lock:
            return self.latest(user_id).to_json()

    def cards(self, user_id: str) -> tuple[Card, ...]:
        """This user's cards in the order of creation, including past ones."""
        with self.lock:
            return tuple(self.latest(user_id).cards)

    def change_card(self, user_id: str, card_id: str, change: Callable[[Card, Source], Card]) -> Card:
        """Replace a card by `change(card, now)`. InputError when this user has no such card."""
        with self.lock:
            while True:
                state = self.latest(user_id)
                card = change(state.cards.known(card_id), Source(state.session, state.turn))
                state.cards.put(card)
                try:
                    self.save(state)
                    return card
                except Conflict:  # another process was first: repeat the change on the new state
                    continue

    def spend(self, user_id: str, usage: Usage) -> None:
        """Record the usage of a model call that the method made in this user's session."""
        with self.lock:
            self._spent.setdefault(user_id, []).append(usage)

    def settle(self, user_id: str) -> Usage:
        """The usage recorded since the last call of this function."""
        with self.lock:
            spent = self._spent.pop(user_id, [])
        return Usage(sum(u.prompt_tokens for u in spent), sum(u.completion_tokens for u in spent))

    def _drop(self, user_id: str) -> None:
        for known in (self._states, self._versions, self._spent):
            known.pop(user_id, None)


def disabled(card: Card, now: Source) -> Card:
    """The card, not valid from `now` on. The end of a past card does not change."""
    return replace(card, until=now) if card.active else card


def edited(card: Card, text: str) -> Card:
    """The card with `text` as its new content.

    If the rules extract exactly one preference from the text, the card gets this preference; otherwise the text itself,
    without a condition. InputError for an empty or too long text, and for a past card.
    """
    note = " ".join(text.split())
    if not 0 < len(note) <= LONGEST_ACTION:
        raise InputError(f"a card has 1 to {LONGEST_ACTION} characters, not {len(note)}")
    if not card.active:
        raise InputError(f"{card.card_id} is no longer used; tell the assistant what you want, and it makes a new card")
    read = RuleExtractor().extract(note)
    if len(read) != 1:
        return replace(card, note=note, wordings=(note,), condition="", action=note, scope="global", negated=False)
    (found,) = read
    return replace(
        card,
        note=note_of(found),
        wordings=(note_of(found),),
        condition=found.condition,
        action=found.action,
        scope=found.scope,
        negated=found.negated,
        confidence=max(card.confidence, found.confidence),
    )
