"""What a model is sent of a conversation: roles that alternate, and no text that could pass for a turn of its own.

Most open models' templates refuse two messages of one role in a row, and some have no system role.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from pum.core.schemas import Message

# Marks by which the templates of common models open and end turns.
_MARK = re.compile(
    r"<(?=\|[^|<>\n]{1,60}\|>|｜[^｜<>\n]{1,60}｜>|/?(?:start|end)_of_(?:turn|image|role)>|/?(?:s|bos|eos|pad|unk)>|<SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|MODEL_SETTINGS)\])",
    re.IGNORECASE,
)


def sendable(messages: Iterable[Message]) -> list[Message]:
    """`messages` with inert marks, and with neighbours of one role joined into one message."""
    return [
        Message(role=role, content="\n\n".join(inert(message["content"]) for message in neighbours))
        for role, neighbours in groupby(messages, key=lambda message: message["role"])
    ]


def without_system_role(messages: Sequence[Message]) -> list[Message]:
    """The system text as a user's message, in front of the first one."""
    return sendable([{**message, "role": "user"} if message["role"] == "system" else message for message in messages])


def inert(text: str) -> str:
    """`text` with a blank inside each mark, so that no tokenizer takes it for the beginning or end of a turn."""
    return _MARK.sub(lambda mark: f"{mark[0]} ", text)
