"""Structured output: the schema sent to the server, and parsing of the reply."""

import json
import re
from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel, ValidationError

from pum.core.schemas import Message
from pum.core.validation import first_error
from pum.llm.chat_model import InvalidReply, Model
from pum.llm.prompts import prompt

# Conservative estimates: a weak model's tokens are short, and the rest of the form has to fit too.
_CHARACTERS_PER_TOKEN, _TOKENS_PER_ITEM = 1, 48

# Beginnings of objects in a reply that are looked at, from its end; and the very first one.
_MOST_OBJECTS = 200

_QUOTED = 1500
"""Characters of a bad reply that the model sees again in the repair request."""


@cache
def response_format(form: type[BaseModel], max_tokens: int) -> dict:
    """The request field that makes a server produce complete, valid JSON of this form.

    JSON that is cut off at the last token is invalid. So with few `max_tokens`, lists become shorter, and texts share
    the tokens that are certain to be available, in proportion to their own limits.
    """
    schema = form.model_json_schema()
    nodes = list(_nodes(schema))
    for node in nodes:
        if "maxItems" in node:
            node["maxItems"] = min(node["maxItems"], max(max_tokens // _TOKENS_PER_ITEM, 1))
    texts = [node for node in nodes if "maxLength" in node]
    longest = sum(node["maxLength"] for node in texts)
    held = _CHARACTERS_PER_TOKEN * max_tokens
    if longest > held:
        for node in texts:
            node["maxLength"] = max(node["maxLength"] * held // longest, node.get("minLength", 0), 1)
    return {"type": "json_schema", "json_schema": {"name": form.__name__, "schema": schema, "strict": True}}


def _nodes(schema: object) -> Iterator[dict]:
    if isinstance(schema, dict):
        yield schema
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for child in children:
        yield from _nodes(child)


def read_form(form: type[Model], text: str) -> Model:
    """The last JSON object in `text` that is a valid `form`, because models think first. InvalidReply says what is
    wrong with the outermost object where none is."""
    flaw, places = "not JSON (no object)", [found.start() for found in re.finditer("{", text)]
    for place in dict.fromkeys([*places[: -_MOST_OBJECTS - 1 : -1], *places[:1]]):
        try:
            return form.model_validate(json.JSONDecoder().raw_decode(text, place)[0])
        except ValidationError as error:
            flaw = first_error(error)
        except (ValueError, RecursionError) as error:
            flaw = f"not JSON ({error})"
    raise InvalidReply(flaw)


def repair_messages(text: str, flaw: str) -> list[Message]:
    """The messages that ask for a repair: the bad reply, and what is wrong with it."""
    return [
        Message(role="assistant", content=text[:_QUOTED]),
        Message(role="user", content=prompt("repair").format(flaw=flaw)),
    ]
