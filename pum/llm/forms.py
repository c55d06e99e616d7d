"""Replies of a given form: what the server is told, and what is read out of the text that comes."""

import json
from functools import cache

from pydantic import BaseModel, ValidationError

from pum.llm.base import InvalidReply, Model
from pum.llm.prompts import prompt
from pum.schemas import Message

_QUOTED = 1500
"""Characters of a bad reply that are shown to its author again."""


@cache
def response_format(form: type[BaseModel]) -> dict:
    """The request's field that makes a server write nothing but valid JSON of this form."""
    schema = form.model_json_schema()
    return {"type": "json_schema", "json_schema": {"name": form.__name__, "schema": schema, "strict": True}}


def read_form(form: type[Model], text: str) -> Model:
    """The first JSON object in `text`, validated; InvalidReply saying what is wrong with it."""
    start = text.find("{")
    try:
        data, _ = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
        return form.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidReply(f"{where + ': ' if where else ''}{first['msg']}") from None
    except ValueError as error:
        raise InvalidReply(f"not JSON ({error})") from None


def repair_messages(text: str, flaw: str) -> list[Message]:
    """What follows a bad reply: itself, and what is wrong with it."""
    return [
        Message(role="assistant", content=text[:_QUOTED]),
        Message(role="user", content=prompt("repair").format(flaw=flaw)),
    ]
