"""PersonalizedLLM: an assistant that learns each user's preferences during the conversation.

A turn has three steps, and `chat` does all of them. `chat_prepare` parses the user's message (its reward for the
previous turn is applied before anything is retrieved, and it may contain preferences), lets the method choose notes,
and assembles the prompt. The model answers. `chat_complete` records the turn.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from pum.assistant.components import (
    AssistantSettings,
    Components,
    load_resources,
    local_extractor,
    local_reaction_classifier,
    settings_of,
)
from pum.assistant.message_parser import MessageParser, Observation, clean_message
from pum.config.params import Params
from pum.core.concurrency import KeyedLock, run_inline, run_sync
from pum.core.rng import key
from pum.core.schemas import Decision, ExtractedPreference, Message, Prepared, Reply, Reward, Usage
from pum.feedback.gate import gate
from pum.llm.best_of import with_drafts
from pum.llm.chat_model import ChatModel
from pum.llm.note_forms import note_form
from pum.llm.prompt_builder import build_messages
from pum.llm.prompts import system_prompt as text_of
from pum.llm.reasoning import answer_of
from pum.memory.card import Card, Source
from pum.memory.edit import disabled, edited
from pum.memory.state import Pending, UserState
from pum.memory.store import Conflict, FileStore, check_user_id
from pum.memory.user_states import UserStateManager
from pum.methods.method import Feedback, LLMCallable, Method, Resources, build_method
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.vectors import UserVectors


@dataclass(frozen=True)
class Answer:
    """What `chat` returns: the model's text, and the decision behind it."""

    text: str
    turn_id: str
    decision: Decision
    reply: Reply


@dataclass(frozen=True)
class SessionEnd:
    """The result of the user's closing message, and the usage of the method's own model calls in the session."""

    reward: Reward | None
    extracted: tuple[ExtractedPreference, ...]
    usage: Usage


class PersonalizedLLM:
    """An assistant with one method, one chat model and many users, whose memories are separate.

    Threads and tasks may share it; with a `store`, processes may share its users. `chat` runs the turns of one user one
    after another.
    """

    @classmethod
    def from_params(
        cls,
        params: Params,
        method: str,
        chat_model: ChatModel,
        resources: Resources | None = None,
        store: FileStore | None = None,
        components: Components | None = None,
        greeting: str | None = None,
        system_prompt: str | None = None,
    ) -> "PersonalizedLLM":
        """The assistant that params.yaml describes, with another `system_prompt` if one is given.

        InputError for an unknown method or invalid settings.
        """
        # With a store, users' words stay in their own files and out of the shared cache.
        resources = resources or load_resources(params, keep_vectors=store is None)
        module, method_settings = params.configured(method)
        built = build_method(module, method_settings, resources)
        components = components or Components(
            extractor=local_extractor(params, resources.embedder, keep=store is None),
            reaction_classifier=local_reaction_classifier(params, resources.embedder),
        )
        answering = with_drafts(chat_model, method_settings.get("best_of", 1), method)
        if answering is not chat_model:  # the method's own calls take a single draft
            components = replace(components, own_model=components.own_model or chat_model)
        return cls(
            method=built,
            chat_model=answering,
            embedder=resources.embedder,
            vector_rank=resources.item_space.rank,
            settings=settings_of(params, greeting, system_prompt),
            store=store,
            components=components,
        )

    def __init__(
        self,
        method: Method,
        chat_model: ChatModel,
        embedder: CachedEmbedder,
        vector_rank: int,
        settings: AssistantSettings | None = None,
        store: FileStore | None = None,
        components: Components | None = None,
    ) -> None:
        """Without a `store` the users' states end with the process; benchmark runs have their own journal."""
        self.method, self.chat_model, self.embedder = method, chat_model, embedder
        self.vector_rank, self.store = vector_rank, store
        self.settings, self.components = settings or AssistantSettings(), components or Components()
        self._system_prompt = text_of(self.settings.system_prompt)
        self._note_form = note_form(self.settings.note_form)
        if store and self.components.offload is run_inline:  # nobody waits for another user's file
            self.components = replace(self.components, offload=asyncio.to_thread)
        self._user_states = UserStateManager(embedder, vector_rank, self.settings.memory, store)
        self._lock = self._user_states.lock
        self._parser = MessageParser(self.components, self.settings, self._lock)
        self._turns = KeyedLock()

    def chat(self, user_id: str, message: str) -> Answer:
        """One complete turn. RuntimeError on an event loop that is busy with a turn of this user."""
        self._refuse_deadlock(user_id, "chat")
        return run_sync(self.achat(user_id, message))

    def _refuse_deadlock(self, user_id: str, name: str) -> None:
        if self._turns.in_use_on_this_loop(user_id):
            raise RuntimeError(
                f"{name} would wait for ever: a turn of {user_id} is under way on the event loop that it blocks; "
                f"use `await a{name}`"
            )

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an assistant cannot be pickled or copied: it holds locks, connections and a model; make one in each "
            "process with from_params, on one `store`, or move a user by export_user and restore_or_reset"
        )

    async def achat(self, user_id: str, message: str) -> Answer:
        """As `chat`. If this user's memory is changed meanwhile, the turn is repeated on the new one."""
        while True:
            async with self._turns.holding(check_user_id(user_id)):
                try:
                    prepared = await self.achat_prepare(user_id, message)
                    seed, most = key("chat", user_id, prepared.turn_id), self.settings.max_tokens
                    reply = await self.chat_model.answer(prepared.messages, seed=seed, max_tokens=most)
                    return await self.components.offload(self.chat_complete, prepared, reply)
                except Conflict:
                    continue

    def chat_prepare(self, user_id: str, message: str) -> Prepared:
        """Everything before the model call. Preparing again replaces a turn that was not completed."""
        return run_sync(self.achat_prepare(user_id, message))

    async def achat_prepare(self, user_id: str, message: str, seed: int | None = None) -> Prepared:
        """As `chat_prepare`. `seed` is for the method's own model calls. InputError for an invalid message."""
        message = clean_message(message)
        state = await self.components.offload(self._user_states.latest, user_id)
        observation = await self._parse(state, message)
        seed = key("preparing", user_id, state.turn_id) if seed is None else seed
        highlighted = await self.method.highlight(state, message, self._llm_for(user_id, seed))
        return await self.components.offload(self._prepare, user_id, message, observation, highlighted)

    def _prepare(self, user_id: str, message: str, observation: Observation, highlighted: tuple[str, ...]) -> Prepared:
        with self._lock(user_id):
            state = self.state(user_id)
            reward, extracted = self._observe(state, message, observation)
            context = self.method.prepare_prompt(state, message)
            messages = build_messages(
                notes=context.notes,
                earlier=context.earlier,
                history=state.history,
                message=message,
                budget=self.settings.context_tokens - self.settings.max_tokens,
                count_tokens=self.chat_model.count_tokens,
                stressed=highlighted,
                greeting=self.settings.greeting,
                system=self._system_prompt,
                form=self._note_form,
            )
            state.open_turn = Prepared(user_id, state.turn_id, message, messages, context.decision, reward, extracted)
            return state.open_turn

    def chat_complete(self, prepared: Prepared, reply: Reply) -> Answer:
        """Record the model's reply, without reasoning. Conflict if the turn does not wait for one: it was completed or
        replaced, or this user's memory was changed or forgotten since. InvalidReply for a reply without an answer."""
        text = answer_of(reply, self.chat_model.name)
        with self._lock(prepared.user_id):
            state = self.state(prepared.user_id)
            if state.open_turn != prepared:
                raise Conflict(
                    f"turn {prepared.turn_id} of {prepared.user_id} is not waiting for a reply: it was completed or "
                    "replaced, or this memory has changed; prepare the turn again"
                )
            query = prepared.message
            state.history += [Message(role="user", content=query), Message(role="assistant", content=text)]
            self.method.process_response(state, prepared.decision)
            state.pending = Pending(prepared.turn_id, query, prepared.decision)
            state.open_turn = None
            state.turn += 1
            self._user_states.save(state)
            return Answer(text, prepared.turn_id, prepared.decision, replace(reply, text=text))

    def apply_feedback(self, user_id: str, turn_id: str, reward: float) -> bool:
        """Give the reward of the last turn. False if `turn_id` is not the turn that waits for its reward.

        ValueError if the reward is not in [-1, 1].
        """
        if not -1.0 <= reward <= 1.0:
            raise ValueError(f"reward {reward} is not in [-1, 1]")
        with self._lock(user_id):
            state = self._user_states.latest(user_id)
            if state.pending is None or state.pending.turn_id != turn_id:
                return False
            changed = self._credit(state, Reward(reward, "external"))
            try:
                self._user_states.save(state)
            except Conflict:
                return self.apply_feedback(user_id, turn_id, reward)
            return changed

    def reset_session(self, user_id: str, closing: str | None = None) -> SessionEnd:
        """End the session. `closing`, the user's last message, rewards the last turn; z_short is reset.

        RuntimeError on an event loop that is busy with a turn of this user.
        """
        self._refuse_deadlock(user_id, "reset_session")
        return run_sync(self.areset_session(user_id, closing))

    async def areset_session(self, user_id: str, closing: str | None = None, seed: int | None = None) -> SessionEnd:
        """As `reset_session`. The usage covers the method's own model calls in the session."""
        while True:
            async with self._turns.holding(check_user_id(user_id)):
                try:
                    return await self._end_session(user_id, closing, seed)
                except Conflict:
                    continue

    async def _end_session(self, user_id: str, closing: str | None, seed: int | None) -> SessionEnd:
        state = await self.components.offload(self._user_states.latest, user_id)
        reward, extracted = None, ()
        if closing:
            closing = clean_message(closing)
            observation = await self._parse(state, closing)
            reward, extracted = await self.components.offload(self._close, state, closing, observation)
        seed = key("reflection", user_id, state.session) if seed is None else seed
        await self.method.end_session(state, self._llm_for(user_id, seed))
        return SessionEnd(reward, extracted, await self.components.offload(self._start_session, state))

    def _start_session(self, state: UserState) -> Usage:
        """Save the state at the start of its next session, and return the usage of the one before."""
        with self._lock(state.user_id):
            state.vectors = replace(state.vectors, z_short=UserVectors.zero(self.vector_rank).z_short)
            state.history, state.pending, state.open_turn, state.request = [], None, None, None
            state.session, state.turn = state.session + 1, 0
            self._user_states.save(state)
            return self._user_states.settle(state.user_id)

    def _llm_for(self, user_id: str, seed: int) -> LLMCallable:
        """A function for a method's own model calls, which records their usage."""

        async def call(messages: Sequence[Message]) -> str:
            model = self.components.own_model or self.chat_model
            reply = await model.answer(tuple(messages), seed=seed, max_tokens=self.settings.max_tokens)
            text = answer_of(reply, model.name)
            self._user_states.spend(user_id, reply.usage)
            return text

        return call

    def export_user(self, user_id: str) -> dict:
        """Everything known of this user, as plain data (`UserState.to_json`)."""
        return self._user_states.export(user_id)

    def cards(self, user_id: str) -> tuple[Card, ...]:
        """This user's cards in the order of creation, including past ones."""
        return self._user_states.cards(user_id)

    def edit_card(self, user_id: str, card_id: str, text: str) -> Card:
        """Replace the content of a card by `text`, and erase what it said. InputError for an unknown card or an invalid
        text."""
        return self._user_states.change_card(user_id, card_id, lambda card, now: edited(card, clean_message(text)))

    def disable_card(self, user_id: str, card_id: str) -> Card:
        """Never inject this card again, and erase what it said. InputError for an unknown card."""
        return self._user_states.change_card(user_id, card_id, disabled)

    def reset_user(self, user_id: str) -> None:
        """Forget this user: cards, vectors and conversations."""
        self._user_states.forget(user_id)

    def state(self, user_id: str) -> UserState:
        """The user's live state; a new user starts at zero."""
        return self._user_states.state(user_id)

    def restore_or_reset(self, user_id: str, data: dict | None) -> None:
        """Restore a user from the data of `UserState.to_json`, in the store too; without data, reset to a new user.

        InputError, changing nothing, for a damaged state, another user's, or one of another format or item space.
        """
        self._user_states.restore(user_id, data)

    def _close(
        self, state: UserState, closing: str, observation: Observation
    ) -> tuple[Reward | None, tuple[ExtractedPreference, ...]]:
        with self._lock(state.user_id):
            found = self._observe(state, closing, observation)
            if state.history:
                state.history.append(Message(role="user", content=closing))
            return found

    async def _parse(self, state: UserState, message: str) -> Observation:
        return await self._parser.parse(state, message) if self.method.uses_cards else Observation()

    def _observe(
        self, state: UserState, message: str, observation: Observation
    ) -> tuple[Reward | None, tuple[ExtractedPreference, ...]]:
        """Act on an observation: remember its preferences, and credit the turn that its reward is for."""
        reward, extracted = observation.reward, observation.extracted
        query = state.request or message
        source = Source(state.session, state.turn)
        asked = [state.cards.add(preference, query, source, observation.verdicts).card for preference in extracted]
        if reward is not None and state.pending is not None and state.pending.turn_id == observation.turn_id:
            self._credit(state, reward, asked)
        if not self.method.uses_cards:
            return None, ()
        if not extracted and (reward is None or reward.value is None or reward.value >= 0):
            state.request = message
        return reward, extracted

    def _credit(self, state: UserState, reward: Reward, asked: Sequence[Card] = ()) -> bool:
        """Let the method learn from the reward of the pending turn; each turn is credited at most once."""
        pending, state.pending = state.pending, None
        if pending is None or reward.value is None:
            return False
        if reward.value > 0:
            state.cards.count_success(pending.decision.chosen_ids)
        strength = gate(reward.value, pending.decision.max_similarity)
        return self.method.learn(state, pending.decision, Feedback(reward.value, strength, tuple(asked)))
