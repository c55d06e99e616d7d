"""Assembles a turn's messages within a token budget; the one place where prompts are put together.

What the user just said and the notes always stay; when space is short, the oldest messages go first.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from pum.core.schemas import Message
from pum.llm.prompts import prompt

# Long words count once per eight characters, those of other alphabets (Greek to Mongolian) once per two, about as
# byte-pair encodings split them.
_CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003fffd"
_TOKEN = re.compile(rf"[{_CJK}]|[\u0370-\u1cff]{{1,2}}|\w{{1,8}}|[^\w\s]")


def build_messages(
    notes: Sequence[str],
    earlier: Sequence[Message],
    history: Sequence[Message],
    message: str,
    budget: int,
    count_tokens: Callable[[str], int],
    stressed: Sequence[str] = (),
    greeting: str | None = None,
) -> tuple[Message, ...]:
    """System prompt with notes, the assistant's greeting, then earlier sessions, this session, and the user's message.

    `budget` counts prompt tokens. History is dropped from its oldest end, always to a user message, so that the rest
    starts with the user. Notes and message alone may exceed the budget: nothing the user said is ever cut.
    """
    first = [Message(role="system", content=_system(notes, stressed))]
    if greeting:
        first.append(Message(role="assistant", content=greeting))
    last = Message(role="user", content=message)
    left = budget - sum(count_tokens(message["content"]) for message in (*first, last))
    return (*first, *newest([*earlier, *history], left, count_tokens), last)


def _system(notes: Sequence[str], stressed: Sequence[str]) -> str:
    parts = [prompt("system")]
    for introduction, lines in (("notes", notes), ("stressed", stressed)):
        if lines:
            # On one line each: what a note says cannot pass for another part of the prompt.
            parts += [prompt(introduction), "\n".join(f"- {' '.join(line.splitlines())}" for line in lines)]
    return "\n\n".join(parts)


def newest(messages: list[Message], budget: int, count_tokens: Callable[[str], int]) -> list[Message]:
    """The longest tail that fits and starts with a user message."""
    start = len(messages)
    for index in range(len(messages) - 1, -1, -1):
        budget -= count_tokens(messages[index]["content"])
        if budget < 0:
            break
        if messages[index]["role"] == "user":
            start = index
    return messages[start:]


@lru_cache(maxsize=65536)
def estimate_tokens(text: str) -> int:
    """How many tokens `text` has, give or take what separates one tokenizer from another."""
    return len(_TOKEN.findall(text))
