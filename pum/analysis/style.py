"""Display names of methods and outcomes, and colours of methods, for tables, figures and the report.

They stand in data/display.yaml. A method that is not listed there needs no edit: its label and its colour follow from
its name, and it comes after the others.
"""

import colorsys
import zlib
from collections.abc import Iterable

from pum.core.files import read_yaml
from pum.core.paths import DATA

_SHOWN = read_yaml(DATA / "display.yaml")
METHODS: dict[str, list[str]] = _SHOWN["methods"]
COLOURS: dict[str, str] = _SHOWN["colours"]
KINDS: dict[str, list[str]] = _SHOWN["kinds"]
OTHERS: list[str] = _SHOWN["others"]
OUTCOMES: dict[str, str] = _SHOWN["outcomes"]
HIGHER_IS_BETTER = frozenset({"success"})
QUICK_TURNS = 4
"""A session solved within this many turns is solved quickly."""
MEASURES = {name: text.format(quick=QUICK_TURNS) for name, text in _SHOWN["measures"].items()}


def ordered(methods: Iterable[str]) -> list[str]:
    """Listed methods in the order of `METHODS`, then others by name."""
    there = set(methods)
    return [method for method in METHODS if method in there] + sorted(there - set(METHODS))


def label(method: str) -> str:
    """The display name; for a method that is not listed, its name in plain words."""
    return METHODS[method][0] if method in METHODS else method[:1].upper() + method[1:].replace("_", " ")


def kind(method: str) -> str:
    """The method's kind (see `KINDS`); a method that is not listed counts as a learner."""
    return METHODS[method][1] if method in METHODS else "learner"


def colour(method: str) -> str:
    """The method's colour, or that of its kind; for a method that is not listed, one derived from its name."""
    if method in METHODS:
        return COLOURS.get(method, KINDS[kind(method)][0])
    digest = zlib.crc32(method.encode())
    red, green, blue = colorsys.hls_to_rgb(digest % 997 / 997, 0.3 + 0.05 * (digest % 5), 0.6)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
