"""The assistant's model in this environment: it follows every instruction in its prompt, and has habits of its own.

Without instructions it answers in the language of the question, in full, and never in bullets.
"""

import re
from collections.abc import Sequence

from pum.core.schemas import Message, Reply, Usage
from pum.experiments.style_personas.personas import TASKS, StyleTask
from pum.llm.chat_model import MAX_TOKENS
from pum.llm.tokens import estimate_tokens

_SHORT = re.compile(r"\b(?:under \d+ characters|shorter)\b")
_BULLETS = re.compile(r"\bbullet")
_NEGATED = re.compile(r"\b(?:not|no|without)\b")
_LANGUAGE = re.compile(r"\bin (Chinese|English)\b")


def asks_short(text: str) -> bool:
    return bool(_SHORT.search(text))


def asks_about_bullets(text: str) -> bool:
    return bool(_BULLETS.search(text))


def asks_for_language(text: str) -> bool:
    return bool(_LANGUAGE.search(text))


class Stylist:
    """A chat model without a language model."""

    name = "stylist"
    simulated = True

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """The task of the last message, as the notes and this session's messages want it."""
        lines = [line for message in messages if message["role"] != "assistant" for line in _lines(message)]
        question = messages[-1]["content"]
        [(task, language)] = [
            (task, language) for task in TASKS for language, prompt in task.prompt.items() if question.endswith(prompt)
        ]
        for line in lines:
            if found := _LANGUAGE.search(line):
                language = {"Chinese": "zh", "English": "en"}[found[1]]
        short = any(map(asks_short, lines))
        bullets = any(asks_about_bullets(line) and not _NEGATED.search(line) for line in lines)
        return Reply(written(task, language, short, bullets), Usage())


def written(task: StyleTask, language: str, short: bool, bullets: bool) -> str:
    stop, gap = {"en": (".", " "), "zh": ("。", "")}[language]
    points = [f"{head}{stop}" if short else f"{head}{stop}{gap}{more}" for head, more in task.points[language]]
    return "\n".join(f"- {point}" for point in points) if bullets else gap.join(points)


def _lines(message: Message) -> list[str]:
    """Sentences of the user, and the notes among the system's instructions."""
    if message["role"] == "user":
        return re.split(r"(?<=[.!?]) ", message["content"])
    return [line for line in message["content"].splitlines() if line.startswith("- ")]
