"""What a clause asks for."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["imperative", "request", "wish", "should", "prohibition", "complaint", "fragment"]


@dataclass(frozen=True)
class Reading:
    """`action`: an imperative phrase. `negated`: it prohibits or takes back."""

    kind: Kind
    action: str
    negated: bool = False
