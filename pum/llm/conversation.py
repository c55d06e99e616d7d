"""What a model is sent of a conversation: roles that alternate, and no text that could pass for a turn of its own.

Most open models' templates refuse two messages of one role in a row, and some have no system role.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from pum.core.schemas import Message
from pum.language.role_marks import inert


def sendable(messages: Iterable[Message]) -> list[Message]:
    """`messages` with inert marks, and with neighbours of one role joined into one message."""
    return [
        Message(role=role, content="\n\n".join(inert(message["content"]) for message in neighbours))
        for role, neighbours in groupby(messages, key=lambda message: message["role"])
    ]


def without_system_role(messages: Sequence[Message]) -> list[Message]:
    """The system text as a user's message, in front of the first one."""
    return sendable([{**message, "role": "user"} if message["role"] == "system" else message for message in messages])
