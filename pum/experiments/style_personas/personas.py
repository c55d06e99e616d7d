"""Who asks, what they ask, and how an answer is scored: s = 1 - 0.3 x violations.

The paper names five of six personas and three labels, and says what is scored; the sixth persona, the lengths and the
tasks are choices made here. The sixth is short because the published recall of `short` is 8 of 12: four of six.
"""

import re
from dataclasses import dataclass

PENALTY = 0.3
VIOLATIONS = ("too_long", "no_bullets", "wrong_language")

_CJK = re.compile(r"[\u4e00-\u9fff]")
_BULLET = re.compile(r"^- ", re.M)


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
