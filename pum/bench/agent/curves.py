"""How a model behaves, as curves: the offline agent's only knobs, read from data/calibration/<model>.json."""

import json
from bisect import bisect_left
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from pum.errors import InputError

Probability = Annotated[float, Field(ge=0, le=1)]


class Curves(BaseModel):
    """Probabilities of compliance and of solving a task. `source` says where the numbers come from.

    `notes`: chance to follow one of n instructions in the system prompt, by n (linear in between, flat outside).
    `asked`: chance to follow what the user asked for in the conversation, right after; it halves its excess over the
    unprompted chance every `half_life` messages. `unprompted`: chance to comply by itself, per style.
    `solve`, `solve_slope`: chance to solve a task of difficulty 0, and how much of it difficulty 1 takes away.
    `burden`: how much a full context takes away from it; `context_tokens` is what counts as full.
    `keeps`: chance that a preference survives into the notes of a reflection.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    measured: bool
    notes: Annotated[dict[int, Probability], Field(min_length=1)]
    asked: Probability
    half_life: PositiveFloat
    unprompted: dict[str, Probability]
    unprompted_otherwise: Probability
    solve: Probability
    solve_slope: Probability
    burden: Probability
    context_tokens: PositiveFloat
    keeps: Probability

    def follow_note(self, count: int) -> float:
        """Compliance with one of `count` notes."""
        points = sorted(self.notes.items())
        place = bisect_left([n for n, _ in points], count)
        if place == 0:
            return points[0][1]
        if place == len(points):
            return points[-1][1]
        (low, at_low), (high, at_high) = points[place - 1], points[place]
        return at_low + (at_high - at_low) * (count - low) / (high - low)

    def follow_asked(self, style: str, distance: int) -> float:
        """Compliance with what was asked `distance` messages ago (1: in the message being answered)."""
        floor = self.by_itself(style)
        return floor + max(0.0, self.asked - floor) * 0.5 ** ((distance - 1) / self.half_life)

    def by_itself(self, style: str) -> float:
        return self.unprompted.get(style, self.unprompted_otherwise)

    def solves(self, difficulty: float, prompt_tokens: int) -> float:
        """The chance to solve a task, given how full the context is."""
        full = min(1.0, prompt_tokens / self.context_tokens)
        return max(0.0, self.solve - self.solve_slope * difficulty - self.burden * full)


def load_curves(path: Path) -> Curves:
    try:
        return Curves.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path}: no such calibration file") from None
    except (json.JSONDecodeError, ValidationError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from None
