"""Assembles a turn's prompt within a token budget.

The notes and the user's message are always kept. When space is short, the oldest messages are dropped first.
"""

import re
from collections.abc import Callable, Sequence

from pum.core.schemas import Message, Note
from pum.core.text_cache import cached_by_text
from pum.llm.note_forms import NoteForm, quoted

# Roughly like byte-pair encodings: a token per eight characters of a word, per two characters in other alphabets (Greek
# to Mongolian), per CJK character, and per punctuation mark.
_CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003fffd"
_TOKEN = re.compile(rf"[{_CJK}]|[\u0370-\u1cff]{{1,2}}|\w{{1,8}}|[^\w\s]")


def build_messages(
    notes: Sequence[Note],
    earlier: Sequence[Message],
    history: Sequence[Message],
    message: str,
    budget: int,
    count_tokens: Callable[[str], int],
    stressed: Sequence[str] = (),
    greeting: str | None = None,
    *,
    system: str,
    form: NoteForm,
) -> tuple[Message, ...]:
    """System prompt, greeting, earlier sessions, this session, and the user's message, in this order; the `form` says
    where the notes stand.

    `budget` is in prompt tokens, those of the notes included. The history that is kept always starts with a user
    message. Notes and message alone may exceed the budget: the user's message is never cut.
    """
    first = [Message(role="system", content=system + form.behind_system(notes, stressed))]
    if greeting:
        first.append(Message(role="assistant", content=greeting))
    last = Message(role="user", content=quoted(message) + form.behind_message(notes, stressed))
    left = budget - sum(count_tokens(message["content"]) for message in (*first, last))
    return (*first, *newest([*earlier, *history], left, count_tokens), last)


def newest(messages: list[Message], budget: int, count_tokens: Callable[[str], int]) -> list[Message]:
    """The longest tail of `messages` that fits and starts with a user message."""
    start = len(messages)
    for index in range(len(messages) - 1, -1, -1):
        budget -= count_tokens(messages[index]["content"])
        if budget < 0:
            break
        if messages[index]["role"] == "user":
            start = index
    return messages[start:]


@cached_by_text(65536)
def estimate_tokens(text: str) -> int:
    """The approximate number of tokens of `text`, without a tokenizer."""
    return len(_TOKEN.findall(text))
