"""Parses a user's message: the preferences in it, their relation to cards, and the reward for the previous turn."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pum.assistant.components import AssistantSettings, Components
from pum.core.concurrency import maybe_await
from pum.core.errors import InputError
from pum.core.schemas import ExtractedPreference, Reward
from pum.feedback.keyword import keyword_reward, meant, surely
from pum.language.role_marks import defused
from pum.memory.card import Source
from pum.memory.contradiction import NO_VERDICTS, Unclear, Verdicts
from pum.memory.state import UserState
from pum.retrieval.rewrite import task_type


@dataclass(frozen=True)
class Observation:
    """What a message contains: preferences, a model's verdicts on how they relate to cards, and the reward for the turn
    `turn_id`."""

    extracted: tuple[ExtractedPreference, ...] = ()
    verdicts: Verdicts = field(default_factory=dict)
    reward: Reward | None = None
    turn_id: str | None = None


class MessageParser:
    """Reads messages and changes nothing: the assistant acts on the observations. It holds the user's `lock` while it
    compares cards."""

    def __init__(
        self, components: Components, settings: AssistantSettings, lock: Callable[[str], AbstractContextManager]
    ) -> None:
        """InputError when a mode needs a component that is missing."""
        if settings.reward_mode == "llm" and components.judge is None:
            raise InputError("reward_mode llm: needs a judge (Components.judge)")
        if settings.reward_mode == "trained" and components.reaction_classifier is None:
            raise InputError("reward_mode trained: needs a reaction classifier (Components.reaction_classifier)")
        if settings.contradictions == "llm" and components.contradictions is None:
            raise InputError("contradictions llm: needs a judge (Components.contradictions)")
        self._components, self._settings, self._lock = components, settings, lock

    async def parse(self, state: UserState, message: str) -> Observation:
        """The preferences in a user's message, and its reward for the turn before it."""
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
        """A model's verdicts on preferences whose relation to cards the words leave open; none in the mode `rules`."""
        if self._settings.contradictions == "rules":
            return NO_VERDICTS
        unclear = await self._components.offload(self._unclear, state, extracted)
        return await self._components.contradictions.judge(unclear)

    def _unclear(self, state: UserState, extracted: tuple[ExtractedPreference, ...]) -> list[Unclear]:
        with self._lock(state.user_id):
            now = Source(state.session, state.turn)
            return [state.cards.unclear(preference, now) for preference in extracted]

    def _restates(
        self, state: UserState, extracted: tuple[ExtractedPreference, ...], verdicts: Verdicts
    ) -> float | None:
        """The highest cosine between a new preference and a card that says the same."""
        with self._lock(state.user_id):
            now = Source(state.session, state.turn)
            similarities = [state.cards.restated(preference, now, verdicts) for preference in extracted]
        return max((value for value in similarities if value is not None), default=None)


LONGEST_MESSAGE = 100_000
"""Characters, about forty pages."""


def clean_message(message: str) -> str:
    """The message, safe to store, print and put into a prompt; ordinary text stays as it is.

    Removes control codes, and defuses broken characters and role marks. InputError for anything but text, or for text
    that is too long.
    """
    if not isinstance(message, str):
        raise InputError(f"a message is text, not {type(message).__name__}")
    if len(message) > LONGEST_MESSAGE:
        raise InputError(f"a message of {len(message):,} characters is too long: at most {LONGEST_MESSAGE:,}, please")
    return defused(message)
