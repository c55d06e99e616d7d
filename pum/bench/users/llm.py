"""The user played by a language model: told whom to play, it judges each reply and says what that person would say.

It is told the wishes that the person cares about on this occasion, drawn by importance as for the verifiable user, and
never the answer. What it finds of a reply is its own affair; `review` is what the checkers and graders find of the same
wishes, so that the two can be compared (`pum.analysis.simulation_fidelity`).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from pum.bench.types import Preference
from pum.bench.users.messages import Said, UserMessage
from pum.bench.users.simulator import Participant
from pum.core.concurrency import Aside, at_once
from pum.core.rng import key
from pum.core.schemas import Message
from pum.llm.chat_model import FormModel, InvalidReply, Model, RefusedError
from pum.llm.prompt_builder import newest
from pum.llm.prompts import prompt
from pum.llm.tokens import estimate_tokens

WISHES = 6
"""At most so many, the most important ones, are the model's to watch at a time."""

# Estimated tokens may be fewer than real ones by so much.
_SAFETY = 0.75


class UserFailed(RuntimeError):
    """The model that plays the user gave nothing usable, also after repairs; the session ends as the user's failure."""


class Opening(BaseModel):
    """The first message."""

    model_config = ConfigDict(extra="forbid")

    response: Annotated[str, Field(min_length=1, max_length=1200)]


Met = Literal["yes", "no", "not_applicable"]


class UserTurn(BaseModel):
    """What the model fills in after each reply; verdicts first, so that the message follows from them."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[Met]
    enforce: bool
    draft_answer: Annotated[str, Field(max_length=300)]
    done: bool
    response: Annotated[str, Field(min_length=1, max_length=1200)]


@lru_cache(maxsize=WISHES + 1)
def turn_form(wishes: int) -> type[UserTurn]:
    """The form with a verdict for each of the wishes: where it may leave some out, a small model leaves out all."""
    verdicts = (Annotated[list[Met], Field(min_length=wishes, max_length=wishes)], ...)
    return create_model("UserTurn", __base__=UserTurn, verdicts=verdicts) if wishes else UserTurn


class LLMUser(Participant):
    """A user by prompt. `context_tokens` is what the model reads and writes together at most; grading, which may take
    seconds, is done `aside`; `greeting` is what the assistant says first."""

    def __init__(
        self,
        *,
        model: FormModel,
        context_tokens: int,
        max_tokens: int,
        aside: Aside = at_once,
        greeting: str | None = None,
        **person: object,
    ) -> None:
        super().__init__(**person)
        self._opening = prompt("user_opening").format(greeting=greeting or "(It waits for you.)")
        self._aside = aside
        self._model, self._budget, self._max_tokens = model, int(_SAFETY * context_tokens) - max_tokens, max_tokens
        self._revealed = True  # it decides for itself what to tell when
        self._transcript: list[Message] = []
        self._draft = "unknown"

    def applicable(self) -> tuple[Preference, ...]:
        """The wishes that the model is told of."""
        return tuple(preference for preference in super().applicable() if self._cares(preference.id))[:WISHES]

    async def open(self) -> UserMessage:
        """UserFailed when the model gives no opening."""
        opening = await self._ask(Opening, self._opening)
        return self._spoken(opening.response, Said.OPENING)

    async def react(self, reply: str) -> UserMessage:
        """UserFailed when the model gives no reaction."""
        self.review = await self._aside(self._judge, reply)
        asked = prompt("user_turn").format(reply=reply, draft=self._draft, preferences=self._wishes())
        turn = await self._ask(turn_form(len(self.applicable())), asked)
        self._transcript.append(Message(role="user", content=reply))
        self._draft = turn.draft_answer or self._draft
        if turn.enforce:
            enforced = self._unmet(turn.verdicts)
            self.said.update(enforced)
            return self._spoken(turn.response, Said.ENFORCEMENT, enforced)
        if not turn.done:
            return self._spoken(turn.response, Said.CLARIFIED)
        if self._request == 0:
            self.success = bool(self.review.correct)
        if self._request + 1 == len(self._requests):
            return UserMessage(turn.response, Said.CLOSING, ends=True)
        self._request += 1
        return self._spoken(self._asked(), Said.FOLLOWUP)

    def _spoken(self, text: str, kind: Said, enforced: tuple[str, ...] = ()) -> UserMessage:
        self._transcript.append(Message(role="assistant", content=text))
        return UserMessage(text, kind, enforced)

    def _unmet(self, verdicts: Sequence[Met]) -> tuple[str, ...]:
        return tuple(wish.id for wish, met in zip(self.applicable(), verdicts, strict=False) if met == "no")

    async def _ask(self, form: type[Model], request: str) -> Model:
        """The model sees the conversation from the other side: what the person said is its own."""
        system = Message(role="system", content=self._brief())
        last = Message(role="user", content=request)
        left = self._budget - estimate_tokens(system["content"]) - estimate_tokens(request)
        begin = [Message(role="user", content=self._opening), *self._transcript] if self._transcript else []
        messages = [system, *newest(begin, left, estimate_tokens), last]
        seed = key(*self.luck, "llm user", len(self._transcript))
        try:
            return await self._model.answer_as(form, messages, seed=seed, max_tokens=self._max_tokens)
        except (InvalidReply, RefusedError) as error:
            raise UserFailed(str(error)) from None

    def _wishes(self) -> str:
        wishes = [f"{number}. {wish.note}" for number, wish in enumerate(self.applicable(), start=1)]
        return "\n".join(wishes) or "You have no particular wishes this time."

    def _brief(self) -> str:
        return prompt("user").format(
            persona=self.profile.persona[:1].upper() + self.profile.persona[1:],
            tone=self.profile.tone,
            request=self._asked().replace("{statement}", "(the problem)"),
            statement=self.plan.task.statement,
            preferences=self._wishes(),
        )
