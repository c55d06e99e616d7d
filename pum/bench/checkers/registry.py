"""Which checkers there are: style -> function. A checker joins by its decorator; its module is listed in `_MODULES`."""

import difflib
import importlib
from collections.abc import Callable
from functools import lru_cache

from pum.bench.markdown import Document, parse
from pum.bench.types import Situation, Verdict
from pum.core.errors import InputError

# True: satisfied, False: violated, None: the reply lacks what is judged.
Judgement = bool | None
Checker = Callable[[Document, Situation], Judgement]

_MODULES = (
    "artifacts",
    "code",
    "correction",
    "domain",
    "format",
    "interaction",
    "length",
    "mathematics",
    "multisessioncollab",
    "supplements",
)
_CHECKERS: dict[str, Checker] = {}
_VERDICTS = {True: Verdict.SATISFIED, False: Verdict.VIOLATED, None: Verdict.NOT_APPLICABLE}


def checker(style: str) -> Callable[[Checker], Checker]:
    """Decorator: make this function judge `style`."""

    def remember(function: Checker) -> Checker:
        if style in _CHECKERS:
            raise ValueError(f"two checkers are named {style!r}")
        _CHECKERS[style] = function
        return function

    return remember


@lru_cache(maxsize=1)
def styles() -> tuple[str, ...]:
    """All styles that can be checked, sorted."""
    for module in _MODULES:
        importlib.import_module(f"pum.bench.checkers.{module}")
    return tuple(sorted(_CHECKERS))


def check(style: str, reply: str, situation: Situation) -> Verdict:
    """Does `reply` have the style? InputError, with the nearest name, for a style without a checker."""
    known = styles()
    if style not in _CHECKERS:
        near = difflib.get_close_matches(style, known, n=1)
        raise InputError(
            f"unknown style {style!r}: " + (f"did you mean {near[0]!r}?" if near else f"known are {known}")
        )
    return _VERDICTS[_CHECKERS[style](parse(reply), situation)]
