"""The words that the offline agent has for one topic.

They obey the checkers' cues, so that a style is shown where it is meant and nowhere else: only `named` names operations
or rules, only `intuition` and `picture` are intuitive, only `formula` holds a formula.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """One topic. `named` and `bare` tell the same three steps, with and without the names of operations or rules."""

    name: str
    method: str
    intuition: str
    picture: str
    definition: str
    formula: str
    named: tuple[str, str, str]
    bare: tuple[str, str, str]
    remarks: tuple[str, str]
    exercise: str
    term: str
    term_means: str
    example: str
    edges: str
