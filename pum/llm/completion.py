"""Reads the body of a chat completion. Servers deviate from the protocol, so all of it is checked here."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from pum.core.schemas import Reply, Usage
from pum.core.validation import first_error
from pum.llm.chat_model import ChatError, EmptyReply, InvalidReply, RefusedError
from pum.llm.failures import Where, told_failure
from pum.llm.reasoning import without_reasoning

_FILTERED = {"content_filter", "safety", "refusal"}
_CUT = {"length", "max_tokens"}
# What no server counts, and what a database column holds.
_MOST_TOKENS = 10**9

Count = Annotated[int, Field(ge=0, le=_MOST_TOKENS)]


class _Part(BaseModel):
    """A part of a message. Only text is read; reasoning comes as parts of other types."""

    type: str = "text"
    text: str | None = None


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None


class _Completion(BaseModel):
    """The fields of a server's answer that are used."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


def read_completion(body: bytes, where: Where) -> Reply:
    """The reply in a body. EmptyReply if there is no text but reasoning, RefusedError for a refusal to answer,
    InvalidReply for what is no completion; an error told with status 200 is that error."""
    try:
        data = from_json(body)
    except ValueError as error:
        raise InvalidReply(f"{where}: no chat completion: {error}") from None
    if error := _error_in(data):
        raise told_failure(error, where)
    try:
        completion = _Completion.model_validate(data)
    except ValidationError as error:
        raise InvalidReply(f"{where}: no chat completion: {first_error(error)}") from None
    counted = completion.usage or _Usage()
    usage = Usage(counted.prompt_tokens or 0, counted.completion_tokens or 0)
    try:
        return _reply(completion.choices[0], usage, where)
    except ChatError as error:
        error.usage = usage
        raise


def _error_in(data: object) -> Mapping[str, object] | None:
    """An error in place of a completion, or in place of a choice."""
    if not isinstance(data, dict):
        return None
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    error = data.get("error") or first.get("error") or (data if data.get("object") == "error" else None)
    return error if isinstance(error, dict) or error is None else {"message": str(error)}


def _reply(choice: _Choice, usage: Usage, where: Where) -> Reply:
    message, reason = choice.message, (choice.finish_reason or "").lower()
    if message.refusal or reason in _FILTERED:
        raise RefusedError(f"{where}: refused to answer ({message.refusal or 'content filter'})")
    written = message.content or ""
    if isinstance(written, list):
        written = "".join(part.text or "" for part in written if part.type in ("text", "output_text"))
    text, cut = without_reasoning(written), reason in _CUT
    if not text.strip():
        why = "a tool call" if message.tool_calls else "nothing" if not written.strip() else "nothing but reasoning"
        raise EmptyReply(f"{where}: the reply holds {why}{' before its tokens were used up' if cut else ''}")
    return Reply(text, usage, cut)
