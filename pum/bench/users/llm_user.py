"""A user played by a language model, which gets a description of the user, judges each reply, and writes the message.

The model knows which preferences the user enforces for this request, drawn by importance as for the verifiable user,
but not the answer. It judges replies by itself. `review` has the judgement of the checkers and graders on the same
preferences, so that the two can be compared (`pum.analysis.simulation_fidelity`).
"""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from pum.bench.types import Preference
from pum.bench.users.simulator import USERS, UserAct, UserFailed, UserMessage, UserSetup, UserSimulator
from pum.core.rng import key
from pum.core.schemas import Message
from pum.llm.chat_model import InvalidReply, Model, RefusedError
from pum.llm.prompt_builder import estimate_tokens, newest
from pum.llm.prompts import prompt

MOST_PREFERENCES = 6
"""The model gets at most so many preferences at a time, the most important ones."""

# Margin for token counts that are estimated too low.
_SAFETY = 0.75


class Opening(BaseModel):
    """The form of the first message."""

    model_config = ConfigDict(extra="forbid")

    response: Annotated[str, Field(min_length=1, max_length=1200)]


Met = Literal["yes", "no", "not_applicable"]


class UserTurn(BaseModel):
    """The form that the model fills in after each reply; verdicts first, so that the message follows from them."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[Met]
    enforce: bool
    draft_answer: Annotated[str, Field(max_length=300)]
    done: bool
    response: Annotated[str, Field(min_length=1, max_length=1200)]


@lru_cache(maxsize=MOST_PREFERENCES + 1)
def turn_form(preferences: int) -> type[UserTurn]:
    """The form with exactly one verdict per preference; when verdicts are optional, small models leave out all."""
    verdicts = (Annotated[list[Met], Field(min_length=preferences, max_length=preferences)], ...)
    return create_model("UserTurn", __base__=UserTurn, verdicts=verdicts) if preferences else UserTurn


@USERS.register("llm")
class LLMUser(UserSimulator):
    """A user played by a model on your own server."""

    role = "user"
    description = "llm (served)"

    def __init__(self, setup: UserSetup) -> None:
        super().__init__(setup)
        self._model = setup.model
        self._budget = int(_SAFETY * setup.model.context_tokens) - setup.model.max_tokens
        self._opening = prompt("user_opening").format(greeting=setup.greeting or "(It waits for you.)")
        self._revealed = True  # the model decides by itself what to say when
        self._transcript: list[Message] = []
        self._draft = "unknown"

    def applicable(self) -> tuple[Preference, ...]:
        """The preferences that the model knows."""
        return tuple(preference for preference in super().applicable() if self._enforces(preference.id))[
            :MOST_PREFERENCES
        ]

    async def open(self) -> UserMessage:
        """UserFailed when the model gives no opening."""
        opening = await self._ask(Opening, self._opening)
        return self._spoken(opening.response, UserAct.OPENING)

    async def react(self, reply: str) -> UserMessage:
        """UserFailed when the model gives no reaction."""
        self.review = await self._model.offload(self._judge, reply)
        asked = prompt("user_turn").format(reply=reply, draft=self._draft, preferences=self._listed())
        turn = await self._ask(turn_form(len(self.applicable())), asked)
        self._transcript.append(Message(role="user", content=reply))
        self._draft = turn.draft_answer or self._draft
        if turn.enforce:
            judged = zip(self.applicable(), turn.verdicts, strict=False)
            enforced = tuple(preference.id for preference, met in judged if met == "no")
            self.setup.requested.update(enforced)
            return self._spoken(turn.response, UserAct.ENFORCEMENT, enforced)
        if not turn.done:
            return self._spoken(turn.response, UserAct.CLARIFIED)
        if self._request == 0:
            self.success = bool(self.review.correct)
        if self._request + 1 == len(self._requests):
            return UserMessage(turn.response, UserAct.CLOSING, ends=True)
        self._request += 1
        return self._spoken(self._asked(), UserAct.FOLLOWUP)

    def _spoken(self, text: str, kind: UserAct, enforced: tuple[str, ...] = ()) -> UserMessage:
        self._transcript.append(Message(role="assistant", content=text))
        return UserMessage(text, kind, enforced)

    async def _ask(self, form: type[Model], request: str) -> Model:
        """Ask the model. In its view of the conversation the roles are swapped: the user's messages are its own."""
        system = Message(role="system", content=self._brief())
        last = Message(role="user", content=request)
        left = self._budget - estimate_tokens(system["content"]) - estimate_tokens(request)
        begin = [Message(role="user", content=self._opening), *self._transcript] if self._transcript else []
        messages = [system, *newest(begin, left, estimate_tokens), last]
        seed = key(*self.setup.random_key, "llm user", len(self._transcript))
        try:
            return await self._model.model.answer_as(form, messages, seed=seed, max_tokens=self._model.max_tokens)
        except (InvalidReply, RefusedError) as error:
            raise UserFailed(str(error)) from None

    def _listed(self) -> str:
        notes = [f"{number}. {preference.note}" for number, preference in enumerate(self.applicable(), start=1)]
        return "\n".join(notes) or "You have no particular wishes this time."

    def _brief(self) -> str:
        return prompt("user").format(
            persona=self.profile.persona[:1].upper() + self.profile.persona[1:],
            tone=self.profile.tone,
            request=self._asked().replace("{statement}", "(the problem)"),
            statement=self.plan.task.statement,
            preferences=self._listed(),
        )


@USERS.register("openai")
class HostedLLMUser(LLMUser):
    """A user played by a hosted model, which has a role of its own in `servers`."""

    role = "openai"
    description = "llm (OpenAI)"
