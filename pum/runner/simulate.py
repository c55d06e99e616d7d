"""Plays one session: a user and an assistant take turns until the user is done or gives up, or no turns are left."""

import json
import sqlite3
from dataclasses import dataclass

import numpy as np

from pum.assistant.personalized_llm import PersonalizedLLM, SessionEnd
from pum.bench.users.simulator import UserAct, UserFailed, UserMessage, UserSimulator
from pum.core.concurrency import Schedule, maybe_await
from pum.core.errors import IncompleteRun, InputError
from pum.core.rng import key
from pum.core.schemas import Prepared, Reply, Usage
from pum.llm.chat_model import ChatError, InvalidReply, RefusedError
from pum.results.files import Outcome, SessionRow, TurnRow


@dataclass(frozen=True)
class SessionId:
    seed: int
    user_id: str
    session: int


@dataclass
class Seen:
    """A session's totals so far, without the method's own calls. The row of a failed session keeps them."""

    turns: int = 0
    enforcements: int = 0
    first_turn_enforced: bool = False
    user_tokens: int = 0
    agent_tokens: int = 0
    prompt_tokens: int = 0

    def message(self, said: UserMessage, tokens: int) -> None:
        enforces = said.kind is UserAct.ENFORCEMENT
        self.enforcements += enforces
        self.first_turn_enforced |= enforces and self.turns == 1
        self.user_tokens += tokens

    def reply(self, usage: Usage) -> None:
        self.turns += 1
        self.agent_tokens += usage.completion_tokens
        self.prompt_tokens += usage.prompt_tokens


@dataclass(frozen=True)
class _Exchange:
    """One turn. Its row is written after the user has reviewed the reply."""

    said: UserMessage
    request_type: str
    prepared: Prepared
    reply: Reply
    applicable: tuple[str, ...]
    violated: tuple[str, ...]
    correct: bool | None


async def play_session(
    id_: SessionId,
    user: UserSimulator,
    assistant: PersonalizedLLM,
    max_turns: int,
    random_key: int,
    schedule: Schedule,
    seen: Seen,
) -> tuple[SessionRow, list[TurnRow]]:
    """Play one session to its end and close it.

    `random_key` seeds the chat model, and is the same for all methods. `seen` is updated on the way, so that the caller
    has the totals if the session fails.
    """
    count = assistant.chat_model.count_tokens
    exchanges: list[_Exchange] = []
    said = await maybe_await(user.open())
    seen.message(said, count(said.text))
    while not said.ends and len(exchanges) < max_turns:
        await schedule.turn()
        request_type = user.request_type.id
        own_seed = key(random_key, "preparing", len(exchanges))
        prepared = await assistant.achat_prepare(id_.user_id, said.text, seed=own_seed)
        reply = await assistant.chat_model.answer(
            prepared.messages, seed=random_key, max_tokens=assistant.settings.max_tokens
        )
        assistant.chat_complete(prepared, reply)
        seen.reply(reply.usage)
        answered, said = said, await maybe_await(await assistant.components.offload(user.react, reply.text))
        seen.message(said, count(said.text))
        review = user.review
        exchanges.append(
            _Exchange(answered, request_type, prepared, reply, review.applicable, review.violated, review.correct)
        )
    end = await assistant.areset_session(id_.user_id, said.text, seed=key(random_key, "reflection"))
    turns = [_turn_row(id_, number, exchange, count(exchange.said.text)) for number, exchange in enumerate(exchanges)]
    turns.append(_last_row(id_, len(turns), said, end, count(said.text)))
    return _session_row(id_, user, assistant, said, seen, turns, end), turns


def classify(error: Exception) -> Outcome | None:
    """Who caused the failure of a session.

    INFRASTRUCTURE_ERROR: the server, the input or the machine. It may not occur on another try, so no session is
    blamed for it. None: nobody knows. It is a bug or a broken installation, and no result.
    """
    if isinstance(error, UserFailed):
        return Outcome.USER_ERROR
    if isinstance(error, RefusedError | InvalidReply):
        return Outcome.AGENT_ERROR
    infrastructure = (ChatError, InputError, IncompleteRun, OSError, MemoryError, sqlite3.Error)
    return Outcome.INFRASTRUCTURE_ERROR if isinstance(error, infrastructure) else None


def failed_session(id_: SessionId, outcome: Outcome, error: str, seen: Seen | None = None) -> SessionRow:
    """The row of a session that failed. It stays in the denominator, with the totals that were `seen`."""
    return SessionRow(
        **vars(id_), **vars(seen or Seen()), task_id="", topic="", request_type="", outcome=outcome, success=False,
        applicable=0, violated=0, own_agent_tokens=0, own_prompt_tokens=0,
        notes_injected=0, rank_flips=0, cards=0, z_long_norm=0.0, error=error,
    )  # fmt: skip


def _session_row(
    id_: SessionId,
    user: UserSimulator,
    assistant: PersonalizedLLM,
    last: UserMessage,
    seen: Seen,
    turns: list[TurnRow],
    end: SessionEnd,
) -> SessionRow:
    outcome = Outcome.GAVE_UP if last.kind is UserAct.GIVING_UP else Outcome.COMPLETED if last.ends else Outcome.TIMEOUT
    state = assistant.state(id_.user_id)
    return SessionRow(
        **vars(id_),
        task_id=user.plan.task.task_id,
        topic=user.plan.task.topic,
        request_type=user.plan.opening.id,
        outcome=outcome,
        success=user.success,
        turns=seen.turns,
        enforcements=seen.enforcements,
        first_turn_enforced=seen.first_turn_enforced,
        applicable=sum(len(json.loads(turn.applicable)) for turn in turns),
        violated=sum(len(json.loads(turn.violated)) for turn in turns),
        user_tokens=seen.user_tokens,
        agent_tokens=seen.agent_tokens + end.usage.completion_tokens,
        prompt_tokens=seen.prompt_tokens + end.usage.prompt_tokens,
        own_agent_tokens=end.usage.completion_tokens,
        own_prompt_tokens=end.usage.prompt_tokens,
        notes_injected=sum(len(json.loads(turn.notes)) for turn in turns),
        rank_flips=sum(turn.rank_flip for turn in turns),
        cards=len(state.cards.active),
        z_long_norm=round(float(np.linalg.norm(state.vectors.z_long)), 9),
    )


def _turn_row(id_: SessionId, number: int, exchange: _Exchange, user_tokens: int) -> TurnRow:
    prepared, decision = exchange.prepared, exchange.prepared.decision
    return TurnRow(
        **vars(id_),
        turn=number,
        kind=exchange.said.kind,
        request_type=exchange.request_type,
        message=exchange.said.text,
        reply=exchange.reply.text,
        user_tokens=user_tokens,
        agent_tokens=exchange.reply.usage.completion_tokens,
        prompt_tokens=exchange.reply.usage.prompt_tokens,
        applicable=_json(exchange.applicable),
        violated=_json(exchange.violated),
        enforced=_json(exchange.said.enforced),
        correct=exchange.correct,
        reward=prepared.reward.value if prepared.reward else None,
        reward_label=prepared.reward.label if prepared.reward else "",
        extracted=_json([vars(preference) for preference in prepared.extracted]),
        notes=_json(decision.notes),
        candidates=_json([vars(candidate) for candidate in decision.candidates]),
        max_similarity=decision.max_similarity,
        rank_flip=decision.rank_flip,
        base_spread=decision.base_spread,
        z_norm=decision.z_norm,
    )


def _last_row(id_: SessionId, number: int, said: UserMessage, end: SessionEnd, user_tokens: int) -> TurnRow:
    """The row of the user's last message, which gets no reply."""
    reward = end.reward
    return TurnRow(
        **vars(id_), turn=number, kind=said.kind, request_type="", message=said.text, reply="", user_tokens=user_tokens,
        agent_tokens=0, prompt_tokens=0, applicable="[]", violated="[]", enforced=_json(said.enforced), correct=None,
        reward=reward.value if reward else None, reward_label=reward.label if reward else "",
        extracted=_json([vars(preference) for preference in end.extracted]), notes="[]", candidates="[]",
        max_similarity=None, rank_flip=False, base_spread=None, z_norm=None,
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
