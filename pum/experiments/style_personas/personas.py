"""Personas, tasks, the scoring rule (s = 1 - 0.3 x violations), and the rule-based agent.

The paper names five of six personas and three labels, and says what is scored. The sixth persona, the lengths and the
tasks are choices made here. The sixth is short because the published recall of `short` is 8 of 12 (four of six).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from pum.core.files import read_yaml
from pum.core.paths import DATA
from pum.core.schemas import Message, Reply, Usage
from pum.core.validation import FrozenModel
from pum.llm.chat_model import MAX_TOKENS
from pum.llm.prompt_builder import estimate_tokens

PENALTY = 0.3
VIOLATIONS = ("too_long", "no_bullets", "wrong_language")

_CJK = re.compile(r"[\u4e00-\u9fff]")
_BULLET = re.compile(r"^- ", re.M)
_SHORT = re.compile(r"\b(?:under \d+ characters|shorter)\b")
_BULLETS = re.compile(r"\bbullet")
_NEGATED = re.compile(r"\b(?:not|no|without)\b")
_LANGUAGE = re.compile(r"\bin (Chinese|English)\b")


@dataclass(frozen=True)
class Persona:
    """A user with a hidden style. `max_chars` applies if `short`; `language` (en or zh) is also that of the tasks."""

    name: str
    short: bool
    max_chars: int
    bullets: bool
    language: str

    def statements(self) -> tuple[str, ...]:
        """The persona's statements on its style, in the order of restating: length, bullets, language."""
        return (
            f"Please keep your answers under {self.max_chars} characters."
            if self.short
            else "Please give me long, detailed answers.",
            "Please always use bullet points." if self.bullets else "Please do not use bullet points.",
            "Please answer in Chinese." if self.language == "zh" else "Please answer in English.",
        )

    def violations(self, answer: str) -> tuple[str, ...]:
        """The VIOLATIONS of an answer."""
        broken = (
            self.short and len(answer) > self.max_chars,
            self.bullets and not _BULLET.search(answer),
            bool(_CJK.search(answer)) != (self.language == "zh"),
        )
        return tuple(name for name, violated in zip(VIOLATIONS, broken, strict=True) if violated)


def satisfaction(violations: float, turns: int = 1) -> float:
    """The mean score of `turns` turns with this many violations in total."""
    return 1 - PENALTY * violations / turns


_ENGLISH, _CHINESE = 110, 40  # characters: the short form of every task fits, the long form of a list does not
PERSONAS = (
    Persona("A_short_bullets_en", True, _ENGLISH, True, "en"),
    Persona("B_short_no_bullets_en", True, _ENGLISH, False, "en"),
    Persona("C_long_bullets_en", False, _ENGLISH, True, "en"),
    Persona("D_short_bullets_zh", True, _CHINESE, True, "zh"),
    Persona("E_long_no_bullets_zh", False, _CHINESE, False, "zh"),
    Persona("F_short_no_bullets_zh", True, _CHINESE, False, "zh"),
)


class StyleTask(FrozenModel):
    """A prompt, and the `points` of its answer (short form, further details), in both languages."""

    prompt: dict[str, str]
    points: dict[str, tuple[tuple[str, str], ...]]


TASKS = TypeAdapter(tuple[StyleTask, ...]).validate_python(read_yaml(DATA / "style_tasks.yaml"))


def asks_short(text: str) -> bool:
    return bool(_SHORT.search(text))


def asks_about_bullets(text: str) -> bool:
    return bool(_BULLETS.search(text))


def asks_for_language(text: str) -> bool:
    return bool(_LANGUAGE.search(text))


class RuleBasedAgent:
    """A chat model made of rules: it follows every instruction in its prompt.

    Without instructions, it answers in the language of the question, in full, and never in bullets.
    """

    name = "stylist"
    simulated = True

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """Answer the last message's task in the style that notes and this session's messages ask for."""
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
