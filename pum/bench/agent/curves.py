"""Curves of a model's behaviour: the only parameters of the simulated agent, read from data/calibration/<model>.json.

- Unprompted: the rate at which the model shows each style when nobody asks.
- Note: the chance that it follows a note falls with the number of notes.
- Request: the chance that it follows the user's request falls with the number of messages since.
- Task: the chance that it solves a task falls with difficulty and with the length of the prompt.

The last three are logistic: an effect per style (or dataset) plus slopes whose signs are fixed. The effects are shrunk
towards their mean, the more the fewer observations there are; a style that was never measured has the mean.
"""

import json
import math
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat

from pum.core.errors import InputError
from pum.core.files import read_text
from pum.core.validation import FrozenModel, validated

Probability = Annotated[float, Field(ge=0, le=1)]
Falling = Annotated[FiniteFloat, Field(le=0)]

MEASURED = "data/calibration/qwen2.5-coder-1.5b.json"
"""The curves of the model that was measured here, from the root: the simulated agent has them unless a study says
otherwise."""

# Prompts up to this many tokens hold little but the task.
SHORT_PROMPT = 256


class FollowingRates(FrozenModel):
    """A probability per name; `otherwise` holds for all other names."""

    rates: dict[str, Probability]
    otherwise: Probability

    def of(self, name: str) -> float:
        return self.rates.get(name, self.otherwise)


class _Logistic(FrozenModel):
    """Log-odds per name where all slopes are zero; `otherwise` holds for all other names."""

    effects: dict[str, FiniteFloat]
    otherwise: FiniteFloat

    def _chance(self, name: str, shift: float) -> float:
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.effects.get(name, self.otherwise) + shift))))


class Noted(_Logistic):
    """The chance that a note is followed, by style. Slopes: `per_doubling` of the number of notes, `place` in the list
    (0 first, 1 last), and `own_words` for notes in the user's words."""

    per_doubling: Falling
    place: FiniteFloat
    own_words: FiniteFloat

    def chance(self, style: str, count: int, place: float, own_words: bool) -> float:
        shift = self.per_doubling * math.log2(max(1, count)) + self.place * (place - 0.5) + self.own_words * own_words
        return self._chance(style, shift)


class Asked(_Logistic):
    """The chance that the user's request is followed, by style. `distance`: messages since (1: the one to answer)."""

    per_doubling: Falling

    def chance(self, style: str, distance: int) -> float:
        return self._chance(style, self.per_doubling * math.log2(distance))


class Solve(_Logistic):
    """The chance that a task is solved, by dataset. Slopes: per unit of difficulty, and per doubling of a prompt that
    is longer than SHORT_PROMPT."""

    difficulty: Falling
    per_doubling: Falling

    def chance(self, dataset: str, difficulty: float, prompt_tokens: float) -> float:
        fuller = math.log2(max(1.0, prompt_tokens / SHORT_PROMPT))
        return self._chance(dataset, self.difficulty * difficulty + self.per_doubling * fuller)


class Curves(FrozenModel):
    """All curves of a model. `source`: where the numbers come from; `keeps`: the chance that a preference gets into
    the notes of a reflection."""

    source: str
    measured: bool
    unprompted: FollowingRates
    noted: Noted
    asked: Asked
    solve: Solve
    keeps: Probability


def load_curves(path: Path) -> Curves:
    """The section `curves` of a calibration file; InputError naming file and key."""
    return validated(Curves, read_calibration(path).get("curves"), path, at=("curves",))


def read_calibration(path: Path) -> dict:
    """The JSON object in a calibration file, of finite numbers only."""
    text = read_text(path)
    try:
        data = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{path}: not a JSON object")
    return data


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
