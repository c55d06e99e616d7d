"""How a model behaves, as curves: the offline agent's only factors, read from data/calibration/<model>.json.

What the model does unprompted is a rate per style. The other three are logistic: an effect per style (or dataset) and
slopes. A note is followed the less the more notes there are, a wish the less the longer ago it was made, and a task is
solved the less the harder it is and the fuller the prompt; none of these can turn round. The less was seen of a style,
the more its effect is pulled towards the mean of all; one that was never measured behaves like that mean.
"""

import json
import math
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat

from pum.core.errors import InputError
from pum.core.validation import FrozenModel, validated

Probability = Annotated[float, Field(ge=0, le=1)]
Falling = Annotated[FiniteFloat, Field(le=0)]

# Prompts up to this many tokens hold little beside the task.
SHORT_PROMPT = 256


class FollowingRates(FrozenModel):
    """A probability a name, and `otherwise` that of all others."""

    rates: dict[str, Probability]
    otherwise: Probability

    def of(self, name: str) -> float:
        return self.rates.get(name, self.otherwise)


class _Logistic(FrozenModel):
    """Log-odds a name, where all slopes count nothing; `otherwise` those of all others."""

    effects: dict[str, FiniteFloat]
    otherwise: FiniteFloat

    def _chance(self, name: str, shift: float) -> float:
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.effects.get(name, self.otherwise) + shift))))


class Noted(_Logistic):
    """A note's chance, by style: per doubling of the number of notes, its place (0 first, 1 last), the user's words."""

    per_doubling: Falling
    place: FiniteFloat
    own_words: FiniteFloat

    def chance(self, style: str, count: int, place: float, own_words: bool) -> float:
        shift = self.per_doubling * math.log2(max(1, count)) + self.place * (place - 0.5) + self.own_words * own_words
        return self._chance(style, shift)


class Asked(_Logistic):
    """A wish's chance, by style: per doubling of the number of messages since (1: the one being answered)."""

    per_doubling: Falling

    def chance(self, style: str, distance: int) -> float:
        return self._chance(style, self.per_doubling * math.log2(distance))


class Solve(_Logistic):
    """A task's chance, by dataset: per unit of difficulty, and per doubling of a prompt that is no longer short."""

    difficulty: Falling
    per_doubling: Falling

    def chance(self, dataset: str, difficulty: float, prompt_tokens: float) -> float:
        fuller = math.log2(max(1.0, prompt_tokens / SHORT_PROMPT))
        return self._chance(dataset, self.difficulty * difficulty + self.per_doubling * fuller)


class Curves(FrozenModel):
    """Everything about a model. `source` says where the numbers come from; `keeps` is the chance that a preference
    survives into the notes of a reflection."""

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
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{path}: not a JSON object")
    return data


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
