"""What a reply has to be about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """`answer`: the final answer the text must carry ("42", or a whole Python program); None in follow-ups.

    `tags` are those of task and request together.
    """

    request_type: str
    topic: str
    statement: str
    answer: str | None
    tags: frozenset[str]
