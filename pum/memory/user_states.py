"""Manages the states of many users in one process: loading, saving, showing, changing cards, forgetting.

A state is loaded from the store on first use, and dropped when another process has saved a newer one.
"""

import threading
from contextlib import AbstractContextManager
from weakref import WeakValueDictionary

from pum.core.errors import InputError
from pum.core.schemas import Usage
from pum.core.text_cache import forget_texts
from pum.memory.card import Card, MemoryParams, Source
from pum.memory.cards import CardCollection
from pum.memory.edit import Change, with_card
from pum.memory.state import FORMAT, UserState
from pum.memory.store import EMPTY_VERSION, Conflict, FileStore, Saved, check_user_id
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.vectors import UserVectors

_STATES_KEPT = 256


class UserStateManager:
    """The live states of many users. Without a `store`, they end with the process; with one, the latest are kept.

    Hold a user's lock while you change the state or read several parts of it. `vector_rank` is the rank of the item
    space; None where nothing is learned, so that vectors of any rank stay as they are.
    """

    def __init__(
        self,
        embedder: CachedEmbedder,
        vector_rank: int | None,
        memory: MemoryParams,
        store: FileStore | None,
    ) -> None:
        self.store = store
        self._embedder, self._vector_rank, self._memory = embedder, vector_rank, memory
        self._states: dict[str, UserState] = {}  # the one used last comes last
        self._in_use: WeakValueDictionary[str, UserState] = WeakValueDictionary()  # and those that somebody still holds
        self._locks: WeakValueDictionary[str, threading.RLock] = WeakValueDictionary()
        self._spent: dict[str, list[Usage]] = {}
        self._lock = threading.Lock()  # for these; never held while a file is read or written

    def lock(self, user_id: str) -> AbstractContextManager:
        """The user's lock. It may be taken again by the thread that holds it. InputError for an id that is none."""
        with self._lock:
            return self._locks.setdefault(check_user_id(user_id), threading.RLock())

    def state(self, user_id: str) -> UserState:
        """The user's live state; a new user starts at zero."""
        with self.lock(user_id):
            state = self._known(user_id)
            if state is None:
                saved = self.store.read(user_id) if self.store else Saved(None, EMPTY_VERSION)
                state = self._made(user_id, saved.state)
                state.version = saved.version
                if saved.state and saved.state["format"] == FORMAT:
                    state.saved(saved.version)
                self._keep(state)
            return state

    def latest(self, user_id: str) -> UserState:
        """As `state`, but including what other processes have saved."""
        with self.lock(user_id):
            state = self._known(user_id)
            if self.store and state and (version := self.store.version(user_id)) != state.version:
                self._drop(user_id, forgotten=version == EMPTY_VERSION)
            return self.state(user_id)

    def restore(self, user_id: str, data: dict | None) -> None:
        """Put the data of `UserState.to_json`, or without data a new user, in place of this one, here and in the store.

        InputError, changing nothing, for a damaged state, another user's, or one of another format or item space.
        """
        with self.lock(user_id):
            if data is None and self.store:
                self.forget(user_id)
                return
            state = self._made(user_id, data)
            self.settle(user_id)
            self._keep(state)
            self._write(state, after=None)

    def save(self, state: UserState) -> None:
        """Save to the store. A state that cannot be saved is dropped here too, so that both agree.

        Conflict when it is no longer the user's live state, or another process has saved the user first. InputError
        when it holds what is no memory.
        """
        if self._known(state.user_id) is not state:
            raise Conflict(f"{state.user_id}: this memory has changed; prepare the turn again")
        self._write(state, state.version)

    def _write(self, state: UserState, after: str | None) -> None:
        if not self.store:
            return
        try:
            state.saved(self.store.save(state.user_id, state.to_save(), after))
        except BaseException as error:
            self._drop(state.user_id)
            if isinstance(error, TypeError | ValueError) and not isinstance(error, Conflict | InputError):
                raise InputError(f"{state.user_id}: not saved, because this is no memory ({error})") from None
            raise

    def forget(self, user_id: str) -> None:
        """Delete cards, vectors and conversations, here and in the store."""
        with self.lock(user_id):
            if self.store:
                self.store.delete(user_id)
            self._drop(user_id, forgotten=True)

    def export(self, user_id: str) -> dict:
        """Everything known of this user, as plain data (`UserState.to_json`)."""
        with self.lock(user_id):
            return self.latest(user_id).to_json()

    def cards(self, user_id: str) -> tuple[Card, ...]:
        """This user's cards in the order of creation, including past ones."""
        with self.lock(user_id):
            return tuple(self.latest(user_id).cards)

    def change_card(self, user_id: str, card_id: str, change: Change) -> Card:
        """Change a card, and erase what it said before (`with_card`). InputError when this user has no such card.

        A turn that waits for its reply ends in a Conflict, because its prompt may hold the erased words.
        """
        with self.lock(user_id):
            while True:
                before = self.latest(user_id)
                card = change(before.cards.known(card_id), Source(before.session, before.turn))
                state = UserState.from_json(with_card(before.to_json(), card), self._embedder, self._memory)
                state.version = before.version
                self._keep(state)
                try:
                    self.save(state)
                except Conflict:  # another process was first: repeat the change on the new state
                    continue
                forget_texts()
                return card

    def _made(self, user_id: str, data: dict | None) -> UserState:
        """A state from saved data; without data, that of a new user."""
        if data is None:
            no_cards = CardCollection((), self._embedder, self._memory)
            return UserState(user_id, no_cards, UserVectors.zero(self._vector_rank or 0))
        state = UserState.from_json(data, self._embedder, self._memory)
        if state.user_id != user_id:
            raise InputError(f"the state saved for {user_id} belongs to {check_user_id(state.user_id)}; it is not used")
        if self._vector_rank is not None and not state.vectors.fits(self._vector_rank):
            raise InputError(f"the memory of {user_id} has vectors of another item space than this one")
        return state

    def spend(self, user_id: str, usage: Usage) -> None:
        """Record the usage of a model call that the method made in this user's session."""
        with self._lock:
            self._spent.setdefault(user_id, []).append(usage)

    def settle(self, user_id: str) -> Usage:
        """The usage recorded since the last call of this function."""
        with self._lock:
            spent = self._spent.pop(user_id, [])
        return Usage(sum(u.prompt_tokens for u in spent), sum(u.completion_tokens for u in spent))

    def _known(self, user_id: str) -> UserState | None:
        with self._lock:
            state = self._in_use.get(user_id)
        if state is not None:
            self._mark_used(state)
        return state

    def _keep(self, state: UserState) -> None:
        with self._lock:
            self._in_use[state.user_id] = state
        self._mark_used(state)

    def _mark_used(self, state: UserState) -> None:
        """Keep this state as the last of all, and let the first ones go that the store has too."""
        with self._lock:
            self._states.pop(state.user_id, None)
            self._states[state.user_id] = state
            if self.store and len(self._states) > _STATES_KEPT:
                idle = next((user for user, other in self._states.items() if other.open_turn is None), None)
                self._states.pop(idle, None)

    def _drop(self, user_id: str, forgotten: bool = False) -> None:
        with self._lock:
            self._states.pop(user_id, None)
            self._in_use.pop(user_id, None)
        if forgotten:
            self.settle(user_id)
            forget_texts()
