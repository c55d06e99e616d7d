"""Who asks, what they ask, how an answer is scored (s = 1 - 0.3 x violations), and the model that answers.

The paper names five of six personas and three labels, and says what is scored; the sixth persona, the lengths and the
tasks are choices made here. The sixth is short because the published recall of `short` is 8 of 12: four of six.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pum.core.schemas import Message, Reply, Usage
from pum.llm.chat_model import MAX_TOKENS
from pum.llm.tokens import estimate_tokens

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
    """A hidden style. `max_chars` holds when `short`; `language` is en or zh, that of the tasks, too."""

    name: str
    short: bool
    max_chars: int
    bullets: bool
    language: str

    def statements(self) -> tuple[str, ...]:
        """What the persona says of its style, in the order in which it restates it: length, bullets, language."""
        return (
            f"Please keep your answers under {self.max_chars} characters."
            if self.short
            else "Please give me long, detailed answers.",
            "Please always use bullet points." if self.bullets else "Please do not use bullet points.",
            "Please answer in Chinese." if self.language == "zh" else "Please answer in English.",
        )

    def violations(self, answer: str) -> tuple[str, ...]:
        """Of VIOLATIONS, those that the answer is guilty of."""
        broken = (
            self.short and len(answer) > self.max_chars,
            self.bullets and not _BULLET.search(answer),
            bool(_CJK.search(answer)) != (self.language == "zh"),
        )
        return tuple(name for name, guilty in zip(VIOLATIONS, broken, strict=True) if guilty)


def satisfaction(violations: float, turns: int = 1) -> float:
    """The mean score of turns with so many violations in all."""
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


@dataclass(frozen=True)
class StyleTask:
    """A prompt with its answer in `points`, each a short form and what more there is to say; in both languages."""

    prompt: dict[str, str]
    points: dict[str, tuple[tuple[str, str], ...]]


TASKS = (
    StyleTask(
        {"en": "What saves energy at home?", "zh": "在家里怎样节约能源？"},
        {
            "en": (
                ("LED lamps", "They need a tenth of the power of old bulbs and last for many years."),
                ("A lid on the pot", "Water boils sooner, so the stove is off sooner, every single day."),
                ("Tight windows", "Most of the heat of an old house is lost where the frame lets air in."),
            ),
            "zh": (
                ("用LED灯", "它的耗电量只有旧灯泡的十分之一，而且可以用很多年。"),
                ("盖上锅盖", "水开得更快，炉子也就能更早关掉，每天都能省下一些。"),
                ("封好窗户", "老房子的热量大多是从漏风的窗框散失的。"),
            ),
        },
    ),
    StyleTask(
        {"en": "At what temperature does water boil?", "zh": "水在多少度沸腾？"},
        {
            "en": (("At 100 degrees Celsius", "That is at sea level."),),
            "zh": (("一百摄氏度", "这是在海平面上。"),),
        },
    ),
    StyleTask(
        {"en": "What belongs in a first-aid box?", "zh": "急救箱里应该有什么？"},
        {
            "en": (
                ("Bandages", "Several widths of them, because a finger and a knee do not need the same one."),
                ("Disinfectant", "Small bottles are best, since an opened one does not keep for very long."),
                ("Scissors", "With blunt ends, so that clothes can be cut without hurting the skin below."),
            ),
            "zh": (
                ("绷带", "要准备几种宽度，因为手指和膝盖需要的并不一样。"),
                ("消毒液", "最好是小瓶的，因为打开以后不能保存很久。"),
                ("剪刀", "要用圆头的，这样剪开衣服时不会伤到皮肤。"),
            ),
        },
    ),
    StyleTask(
        {"en": "How many days has a leap year?", "zh": "闰年有多少天？"},
        {
            "en": (("It has 366 days", "February has one more."),),
            "zh": (("三百六十六天", "二月多一天。"),),
        },
    ),
)


def asks_short(text: str) -> bool:
    return bool(_SHORT.search(text))


def asks_about_bullets(text: str) -> bool:
    return bool(_BULLETS.search(text))


def asks_for_language(text: str) -> bool:
    return bool(_LANGUAGE.search(text))


class Stylist:
    """A chat model without a language model: it follows every instruction in its prompt. Without instructions it
    answers in the language of the question, in full, and never in bullets."""

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
