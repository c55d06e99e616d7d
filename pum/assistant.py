"""PersonalizedLLM: an assistant that learns how each person likes to be helped, while it helps.

A turn: `chat_prepare` reads the user's message (it is the reward for the previous turn, applied now, before anything is
retrieved; and it may hold preferences), lets the method choose its notes, and assembles the prompt. A model answers.
`chat_complete` records the turn. `chat` does all three.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pum.concurrency import Aside, Turnstile, at_once, run_to_end, settled
from pum.errors import InputError
from pum.feedback.gate import gate
from pum.feedback.judge import JudgedReward
from pum.feedback.keyword import Odds, keyword_reward, meant, surely
from pum.llm.base import ChatModel
from pum.llm.prompt_builder import build_messages
from pum.memory.card import Card, Source
from pum.memory.cards import CardBox
from pum.memory.contradiction import NO_VERDICTS, Unclear, Verdicts
from pum.memory.ear import load_ear
from pum.memory.editing import disabled, edited
from pum.memory.extraction import Extractor, RuleExtractor
from pum.memory.hard_of_hearing import HardOfHearing
from pum.memory.llm_contradiction import ContradictionJudge
from pum.memory.params import MemoryParams
from pum.memory.state import Pending, UserState
from pum.memory.store import NOBODY, Conflict, FileStore, Saved, check_user_id
from pum.memory.trained_extraction import TrainedExtractor
from pum.methods.base import Ask, Method, Resources
from pum.methods.registry import build_method, configured
from pum.params import Params
from pum.paths import DATA
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.retrieval.rewrite import task_type
from pum.rng import key
from pum.safe_text import clean_message
from pum.schemas import Decision, ExtractedPreference, Message, Prepared, Reply, Reward, Usage
from pum.user_model.item_space import load_item_space
from pum.user_model.vectors import UserVectors


@dataclass(frozen=True)
class Answer:
    """What `chat` returns: the model's text, and what stood behind it."""

    text: str
    turn_id: str
    decision: Decision
    reply: Reply


@dataclass(frozen=True)
class SessionEnd:
    """What the user's last words gave, and what the method's own model calls cost (`reflection` writes its notes)."""

    reward: Reward | None
    extracted: tuple[ExtractedPreference, ...]
    usage: Usage


@dataclass(frozen=True)
class AssistantSettings:
    """`context_tokens` bounds the prompt, `max_tokens` the reply; `memory` says when notes are one, and how many stay.

    `reward_mode`: `keyword` reads the reward from the user's next message by rules, `llm` has it judged; `external`
    leaves it to `apply_feedback`. `contradictions`: where words do not tell whether what was just heard contradicts a
    card, cosines decide (`rules`), or a model is asked first (`llm`). `greeting`: what the assistant says before
    anything else, in every session.
    """

    context_tokens: int = 8192
    max_tokens: int = 512
    memory: MemoryParams = MemoryParams()
    reward_mode: str = "keyword"
    contradictions: str = "rules"
    greeting: str | None = None


@dataclass(frozen=True)
class Helpers:
    """Models beside the one that answers. `extractor` reads preferences out of messages; `judge` is asked for the
    reward, `contradictions` about them, each in its mode `llm`; `own_model` takes the calls that the method makes for
    itself (None: the one that answers); `odds`, a trained reader's, are asked in the mode `keyword` where the rules
    have no set phrase (None: nobody is); `aside` does what would block the event loop."""

    extractor: Extractor = RuleExtractor()
    judge: JudgedReward | None = None
    contradictions: ContradictionJudge | None = None
    own_model: ChatModel | None = None
    odds: Odds | None = None
    aside: Aside = at_once


@dataclass(frozen=True)
class _Heard:
    """What a message says: preferences, what a model says of how they stand to cards, and a reward for the turn
    `turn_id`."""

    extracted: tuple[ExtractedPreference, ...] = ()
    verdicts: Verdicts = field(default_factory=dict)
    reward: Reward | None = None
    turn_id: str | None = None


class PersonalizedLLM:
    """One method, one chat model, many users, each apart from the others. Safe to share between threads and tasks; with
    a `store`, processes may share its users too. Turns of one user by `chat` come one after another."""

    @classmethod
    def from_params(
        cls,
        params: Params,
        method: str,
        chat_model: ChatModel,
        resources: Resources | None = None,
        store: FileStore | None = None,
        helpers: "Helpers | None" = None,
        greeting: str | None = None,
    ) -> "PersonalizedLLM":
        """The assistant that params.yaml describes; InputError when it has no such method, or settings it refuses."""
        # What people say is kept in their own files, and in no cache that all of them share.
        resources = resources or load_resources(params, keep_vectors=store is None)
        module, method_settings = configured(method, params)
        if helpers is None:
            helpers = Helpers(extractor=local_extractor(params, resources.embedder))
        return cls(
            method=build_method(module, method_settings, resources),
            chat_model=chat_model,
            embedder=resources.embedder,
            vector_rank=resources.item_space.rank,
            settings=AssistantSettings(
                memory=params.memory,
                greeting=greeting,
                **params.assistant.model_dump(exclude={"extractor", "unheard"}),
            ),
            store=store,
            helpers=helpers,
        )

    def __init__(
        self,
        method: Method,
        chat_model: ChatModel,
        embedder: CachedEmbedder,
        vector_rank: int,
        settings: AssistantSettings = AssistantSettings(),
        store: FileStore | None = None,
        helpers: Helpers = Helpers(),
    ) -> None:
        """Without a `store` nothing outlives the process: benchmark runs have a journal of their own."""
        if settings.reward_mode == "llm" and helpers.judge is None:
            raise InputError("reward_mode llm: it needs a judge, and there is none")
        if settings.contradictions == "llm" and helpers.contradictions is None:
            raise InputError("contradictions llm: they need a judge, and there is none")
        self.method, self.chat_model, self.embedder = method, chat_model, embedder
        self.vector_rank, self.settings, self.store = vector_rank, settings, store
        self.helpers = helpers
        self._states: dict[str, UserState] = {}
        self._versions: dict[str, str] = {}  # of what the store holds, as far as this process knows
        self._spent: dict[str, list[Usage]] = {}
        self._lock = threading.RLock()
        self._turnstile = Turnstile()

    def chat(self, user_id: str, message: str) -> Answer:
        """One whole turn."""
        return run_to_end(self.achat(user_id, message))

    async def achat(self, user_id: str, message: str) -> Answer:
        """As `chat`. Where another process saves a turn of this user first, this one is played again after it."""
        while True:
            async with self._turnstile.through(check_user_id(user_id)):
                prepared = await self.achat_prepare(user_id, message)
                seed = key("chat", user_id, prepared.turn_id)
                reply = await self.chat_model.answer(prepared.messages, seed=seed, max_tokens=self.settings.max_tokens)
                try:
                    return self.chat_complete(prepared, reply)
                except Conflict:
                    continue

    def chat_prepare(self, user_id: str, message: str) -> Prepared:
        """Everything up to the model call. Preparing again replaces a turn that was never completed."""
        return run_to_end(self.achat_prepare(user_id, message))

    async def achat_prepare(self, user_id: str, message: str, seed: int | None = None) -> Prepared:
        """`seed` is for what the method itself asks the model. InputError for what is no message (`clean_message`)."""
        message = clean_message(message)
        self._catch_up(user_id)
        heard = await self._hear(user_id, message)
        state = self.state(user_id)
        seed = key("preparing", user_id, state.turn_id) if seed is None else seed
        stressed = await self.method.stress(state, message, self._asker(user_id, seed))
        return await self.helpers.aside(self._prepare, user_id, message, heard, stressed)

    def _prepare(self, user_id: str, message: str, heard: _Heard, stressed: tuple[str, ...]) -> Prepared:
        with self._lock:
            state = self.state(user_id)
            reward, extracted = self._observe(state, message, heard)
            draft = self.method.prepare_prompt(state, message)
            messages = build_messages(
                notes=draft.decision.notes,
                earlier=draft.earlier,
                history=state.history,
                message=message,
                budget=self.settings.context_tokens - self.settings.max_tokens,
                count_tokens=self.chat_model.count_tokens,
                stressed=stressed,
                greeting=self.settings.greeting,
            )
            state.open_turn = state.turn_id
            return Prepared(user_id, state.turn_id, messages, draft.decision, reward, extracted)

    def chat_complete(self, prepared: Prepared, reply: Reply) -> Answer:
        """Record the model's reply. ValueError when the turn is not the one that waits: done already, or replaced;
        Conflict when another process has saved this user since it was prepared."""
        with self._lock:
            state = self.state(prepared.user_id)
            if state.open_turn != prepared.turn_id:
                raise ValueError(f"turn {prepared.turn_id} of {prepared.user_id} is not waiting for a reply")
            query = prepared.messages[-1]["content"]
            state.history += [Message(role="user", content=query), Message(role="assistant", content=reply.text)]
            self.method.process_response(state, prepared.decision)
            state.pending = Pending(prepared.turn_id, query, prepared.decision)
            state.open_turn = None
            state.turn += 1
            self._save(state)
            return Answer(reply.text, prepared.turn_id, prepared.decision, reply)

    def apply_feedback(self, user_id: str, turn_id: str, reward: float) -> bool:
        """Credit the last turn by hand. False when `turn_id` is not the one waiting for credit: late, or done before.

        ValueError when the reward is not a number in [-1, 1].
        """
        if not -1.0 <= reward <= 1.0:
            raise ValueError(f"reward {reward} is not in [-1, 1]")
        with self._lock:
            self._catch_up(user_id)
            state = self.state(user_id)
            if state.pending is None or state.pending.turn_id != turn_id:
                return False
            changed = self._credit(state, Reward(reward, "external"))
            try:
                self._save(state)
            except Conflict:
                return self.apply_feedback(user_id, turn_id, reward)
            return changed

    def reset_session(self, user_id: str, closing: str | None = None) -> SessionEnd:
        """End the session: `closing`, the user's last words, credit the last turn; z_short starts anew."""
        return run_to_end(self.areset_session(user_id, closing))

    async def areset_session(self, user_id: str, closing: str | None = None, seed: int | None = None) -> SessionEnd:
        """Its usage is of all that the method asked the model for itself in the session."""
        while True:
            async with self._turnstile.through(check_user_id(user_id)):
                try:
                    return await self._end_session(user_id, closing, seed)
                except Conflict:
                    continue

    async def _end_session(self, user_id: str, closing: str | None, seed: int | None) -> SessionEnd:
        self._catch_up(user_id)
        state = self.state(user_id)
        reward, extracted = None, ()
        if closing:
            closing = clean_message(closing)
            heard = await self._hear(user_id, closing)
            reward, extracted = await self.helpers.aside(self._close, state, closing, heard)
        seed = key("reflection", user_id, state.session) if seed is None else seed
        await self.method.end_session(state, self._asker(user_id, seed))
        with self._lock:
            spent = self._spent.pop(user_id, [])
            state.vectors = replace(state.vectors, z_short=UserVectors.zero(self.vector_rank).z_short)
            state.history, state.pending, state.open_turn, state.request = [], None, None, None
            state.session, state.turn = state.session + 1, 0
            self._save(state)
        usage = Usage(sum(u.prompt_tokens for u in spent), sum(u.completion_tokens for u in spent))
        return SessionEnd(reward, extracted, usage)

    def _asker(self, user_id: str, seed: int) -> Ask:
        """Puts a method's own messages to the model, and books what that takes."""

        async def ask(messages: Sequence[Message]) -> str:
            model = self.helpers.own_model or self.chat_model
            reply = await model.answer(tuple(messages), seed=seed, max_tokens=self.settings.max_tokens)
            with self._lock:
                self._spent.setdefault(user_id, []).append(reply.usage)
            return reply.text

        return ask

    def export_user(self, user_id: str) -> dict:
        """All that is known of this user, as plain data (`UserState.to_json`)."""
        with self._lock:
            self._catch_up(user_id)
            return self.state(user_id).to_json()

    def cards(self, user_id: str) -> tuple[Card, ...]:
        """This user's cards, those of the past too, in the order in which they were first heard."""
        with self._lock:
            self._catch_up(user_id)
            return tuple(self.state(user_id).cards)

    def edit_card(self, user_id: str, card_id: str, text: str) -> Card:
        """Put `text` into the place of what a card says; InputError when there is no such card, or nothing to keep."""
        return self._change_card(user_id, card_id, lambda card, now: edited(card, clean_message(text)))

    def disable_card(self, user_id: str, card_id: str) -> Card:
        """Never inject this card again; InputError when there is no such card."""
        return self._change_card(user_id, card_id, disabled)

    def _change_card(self, user_id: str, card_id: str, change: Callable[[Card, Source], Card]) -> Card:
        with self._lock:
            self._catch_up(user_id)
            state = self.state(user_id)
            card = change(state.cards.known(card_id), Source(state.session, state.turn))
            state.cards.put(card)
            try:
                self._save(state)
            except Conflict:
                return self._change_card(user_id, card_id, change)
            return card

    def reset_user(self, user_id: str) -> None:
        """Forget this user: cards, vectors, conversations. The next message meets a stranger."""
        with self._lock:
            self._drop(check_user_id(user_id))
            if self.store:
                self.store.delete(user_id)

    def state(self, user_id: str) -> UserState:
        """The user's live state; a new user starts at zero."""
        with self._lock:
            if user_id not in self._states:
                check_user_id(user_id)
                saved = self.store.read(user_id) if self.store else Saved(None, NOBODY)
                self.restore_or_reset(user_id, saved.state)
                self._versions[user_id] = saved.version
            return self._states[user_id]

    def restore_or_reset(self, user_id: str, data: dict | None) -> None:
        """Put a user back to a state that `UserState.to_json` gave; without one, to that of a stranger.

        InputError for a damaged state, another user's, or one of another format or item space.
        """
        memory = self.settings.memory
        state = (
            UserState.from_json(data, self.embedder, memory)
            if data
            else UserState(user_id, CardBox((), self.embedder, memory), UserVectors.zero(self.vector_rank))
        )
        if state.user_id != user_id:
            raise InputError(f"what is kept for {user_id} is that of {check_user_id(state.user_id)}; it is not used")
        if not state.vectors.fits(self.vector_rank):
            raise InputError(f"the memory of {user_id} has vectors of another item space than this one")
        self._spent.pop(user_id, None)
        self._states[user_id] = state

    def _catch_up(self, user_id: str) -> None:
        """Let go of a state that another process has replaced (or forgotten) in the store."""
        with self._lock:
            known = check_user_id(user_id) in self._states
            if self.store and known and self.store.version(user_id) != self._versions.get(user_id):
                self._drop(user_id)

    def _drop(self, user_id: str) -> None:
        for known in (self._states, self._versions, self._spent):
            known.pop(user_id, None)

    def _save(self, state: UserState) -> None:
        """What cannot be saved is not remembered in this process either: the store has the last word."""
        if not self.store:
            return
        try:
            after = self._versions.get(state.user_id)
            self._versions[state.user_id] = self.store.save(state.user_id, state.to_json(), after)
        except (Conflict, InputError):
            self._drop(state.user_id)
            raise

    def _close(
        self, state: UserState, closing: str, heard: _Heard
    ) -> tuple[Reward | None, tuple[ExtractedPreference, ...]]:
        with self._lock:
            found = self._observe(state, closing, heard)
            if state.history:
                state.history.append(Message(role="user", content=closing))
            return found

    async def _hear(self, user_id: str, message: str) -> _Heard:
        """What a user message says about preferences and about the turn before it. Changes nothing."""
        with self._lock:
            state = self.state(user_id)
            pending, query = state.pending, state.request or message
            reply = state.history[-1]["content"] if state.history else ""
        if not self.method.uses_cards:
            return _Heard()
        extracted = meant(message, await settled(self.helpers.extractor.extract(message, topic=task_type(query))))
        verdicts = await self._judged(state, extracted)
        if pending is None or self.settings.reward_mode == "external":
            return _Heard(extracted, verdicts)
        if self.settings.reward_mode == "llm":
            reward = await self.helpers.judge.rate(pending.query, reply, message)
        else:
            restates = await self.helpers.aside(self._restates, state, extracted, verdicts)
            reward = keyword_reward(message, restates, bool(surely(extracted)), self.helpers.odds)
        return _Heard(extracted, verdicts, reward, pending.turn_id)

    async def _judged(self, state: UserState, extracted: tuple[ExtractedPreference, ...]) -> Verdicts:
        if self.settings.contradictions == "rules":
            return NO_VERDICTS
        return await self.helpers.contradictions.judge(await self.helpers.aside(self._unclear, state, extracted))

    def _unclear(self, state: UserState, extracted: tuple[ExtractedPreference, ...]) -> list[Unclear]:
        with self._lock:
            now = Source(state.session, state.turn)
            return [state.cards.unclear(preference, now) for preference in extracted]

    def _restates(
        self, state: UserState, extracted: tuple[ExtractedPreference, ...], verdicts: Verdicts
    ) -> float | None:
        """The best similarity of what was just said to a card that says the same."""
        with self._lock:
            now = Source(state.session, state.turn)
            similarities = [state.cards.restated(preference, now, verdicts) for preference in extracted]
        return max((value for value in similarities if value is not None), default=None)

    def _observe(
        self, state: UserState, message: str, heard: _Heard
    ) -> tuple[Reward | None, tuple[ExtractedPreference, ...]]:
        """Act on what was heard: remember the preferences, and credit the turn that they are about."""
        reward, extracted = heard.reward, heard.extracted
        query = state.request or message
        source = Source(state.session, state.turn)
        asked = [state.cards.add(preference, query, source, heard.verdicts).card for preference in extracted]
        if reward is not None and state.pending is not None and state.pending.turn_id == heard.turn_id:
            self._credit(state, reward, asked)
        if not self.method.uses_cards:
            return None, ()
        if not extracted and (reward is None or reward.value is None or reward.value >= 0):
            state.request = message
        return reward, extracted

    def _credit(self, state: UserState, reward: Reward, asked: Sequence[Card] = ()) -> bool:
        """Let the method learn from the reaction to the pending turn; each turn is credited at most once."""
        pending, state.pending = state.pending, None
        if pending is None or reward.value is None:
            return False
        if reward.value > 0:
            state.cards.count_success(pending.decision.chosen_ids)
        strength = gate(reward.value, pending.decision.max_similarity)
        return self.method.learn(state, pending.decision, reward, strength, asked)


def load_resources(params: Params, item_space: Path = DATA / "item_space.npz", keep_vectors: bool = True) -> Resources:
    """What methods are built from, in a world that nobody knows; `keep_vectors` as in `load_embedder`."""
    embedder = load_embedder(params.embedder, keep_vectors)
    return Resources(embedder, load_item_space(item_space, embedder.identity))


def local_extractor(params: Params, embedder: CachedEmbedder, ear: Path = DATA / "ear.json") -> Extractor:
    """The extractor that needs no language model; InputError when params.yaml names one that does."""
    settings = params.assistant
    if settings.extractor == "trained":
        extractor = TrainedExtractor(load_ear(ear, embedder.identity), embedder)
    elif settings.extractor == "rules":
        extractor = RuleExtractor()
    else:
        raise InputError(f"assistant.extractor {settings.extractor}: it needs a model, and there is none")
    return HardOfHearing(extractor, settings.unheard) if settings.unheard else extractor
