"""What a message says to an assistant: preferences, how they stand to cards, and how the turn before was taken."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pum.assistant.components import AssistantSettings, Components
from pum.core.concurrency import maybe_await
from pum.core.errors import InputError
from pum.core.schemas import ExtractedPreference, Reward
from pum.feedback.keyword import keyword_reward, meant, surely
from pum.memory.card import Source
from pum.memory.contradiction import NO_VERDICTS, Unclear, Verdicts
from pum.memory.state import UserState
from pum.retrieval.rewrite import task_type


@dataclass(frozen=True)
class Observation:
    """What a message says: preferences, what a model says of how they stand to cards, and a reward for the turn
    `turn_id`."""

    extracted: tuple[ExtractedPreference, ...] = ()
    verdicts: Verdicts = field(default_factory=dict)
    reward: Reward | None = None
    turn_id: str | None = None


class MessageParser:
    """Listens with an assistant's helpers, and changes nothing: what follows from what was heard is the assistant's
    business. `lock` is held while a state is read."""

    def __init__(self, components: Components, settings: AssistantSettings, lock: AbstractContextManager) -> None:
        """InputError for a mode that takes a judge where there is none."""
        if settings.reward_mode == "llm" and components.judge is None:
            raise InputError("reward_mode llm: it needs a judge, and there is none")
        if settings.reward_mode == "trained" and components.reaction_classifier is None:
            raise InputError("reward_mode trained: it needs a trained classifier, and there is none")
        if settings.contradictions == "llm" and components.contradictions is None:
            raise InputError("contradictions llm: they need a judge, and there is none")
        self._components, self._settings, self._lock = components, settings, lock

    async def parse(self, state: UserState, message: str) -> Observation:
        """What a user's message says about preferences and about the turn before it."""
        with self._lock:
            pending, query = state.pending, state.request or message
            reply = state.history[-1]["content"] if state.history else ""
        found = await maybe_await(self._components.extractor.extract(message, topic=task_type(query)))
        extracted = meant(message, found)
        verdicts = await self._judged(state, extracted)
        if pending is None or self._settings.reward_mode == "external":
            return Observation(extracted, verdicts)
        if self._settings.reward_mode == "llm":
            reward = await self._components.judge.rate(pending.query, reply, message)
        else:
            restates = await self._components.offload(self._restates, state, surely(extracted), verdicts)
            odds = self._components.reaction_classifier.odds if self._settings.reward_mode == "trained" else None
            reward = keyword_reward(message, restates, bool(surely(extracted)), odds)
        return Observation(extracted, verdicts, reward, pending.turn_id)

    async def _judged(self, state: UserState, extracted: tuple[ExtractedPreference, ...]) -> Verdicts:
        """How what was said stands to cards, where words do not tell and a model is there to ask."""
        if self._settings.contradictions == "rules":
            return NO_VERDICTS
        return await self._components.contradictions.judge(
            await self._components.offload(self._unclear, state, extracted)
        )

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
