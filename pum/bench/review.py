"""Checks that every preference of the catalogue is complete; `pum bench check` prints the result."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pum.bench.types import Preference
from pum.core.files import read_yaml
from pum.core.paths import DATA
from pum.core.validation import validated

EXAMPLES = DATA / "checkers.yaml"
FEWEST_WORDINGS = 6
FEWEST_EXAMPLES = 2
"""Of satisfied and of violated replies each. Not every checker has replies to which it does not apply."""


class Examples(BaseModel):
    """Hand-written replies of a style, by the verdict that its checker must give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    satisfied: tuple[str, ...] = ()
    violated: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()


@dataclass(frozen=True)
class CatalogueReview:
    """`lines`: one per preference, and the totals. `flaws`: what is missing, each naming its preference."""

    lines: tuple[str, ...]
    flaws: tuple[str, ...]


def load_examples(path: Path = EXAMPLES) -> dict[str, Examples]:
    """Style -> its examples; InputError in one line for a malformed file."""
    return validated(dict[str, Examples], read_yaml(path), path)


def review(
    catalogue: Sequence[Preference], examples: Mapping[str, Examples], registered: Collection[str]
) -> CatalogueReview:
    """Review each preference. `registered`: the styles that have a checker."""
    checkable = sum(preference.style in registered for preference in catalogue)
    lines = [_line(preference, examples.get(preference.style or "", Examples())) for preference in catalogue]
    flaws = [
        f"{preference.id}: {flaw}" for preference in catalogue for flaw in _flaws(preference, examples, registered)
    ]
    return CatalogueReview((*lines, f"{len(catalogue)} preferences, {checkable} with a checker"), tuple(flaws))


def _line(preference: Preference, of_style: Examples) -> str:
    counts = "  ".join(f"{len(replies):2} {verdict.replace('_', ' ')}" for verdict, replies in of_style)
    line = f"{preference.id}  {preference.style or '-':30} {len(preference.wordings):2} wordings"
    return f"{line}  {counts}" if preference.style else line


def _flaws(preference: Preference, examples: Mapping[str, Examples], registered: Collection[str]) -> list[str]:
    flaws = []
    if len(preference.wordings) < FEWEST_WORDINGS:
        flaws.append(f"{len(preference.wordings)} wordings, fewer than {FEWEST_WORDINGS}")
    for name in ("note", "action"):
        if _bare(getattr(preference, name)) in map(_bare, preference.wordings):
            flaws.append(f"a wording is the {name} itself")
    if preference.style is None:
        return flaws
    if preference.style not in registered:
        flaws.append(f"no checker is named {preference.style!r}")
    of_style = examples.get(preference.style, Examples())
    for verdict in ("satisfied", "violated"):
        if (count := len(getattr(of_style, verdict))) < FEWEST_EXAMPLES:
            flaws.append(f"{count} examples of {preference.style} {verdict}, fewer than {FEWEST_EXAMPLES}")
    return flaws


def _bare(text: str) -> str:
    """The text in lower case without its end mark."""
    return text.casefold().rstrip(".!? ")
