"""The offline agent's hand: real text about a task, in the styles asked for and in no others."""

from collections.abc import Callable

from pum.bench.agent import code_followups, followups
from pum.bench.agent.content import Content, Voice
from pum.bench.agent.openings import short_answer
from pum.bench.agent.programs import program
from pum.bench.agent.subject import Subject
from pum.bench.agent.subjects import subject_of

_GENERAL = (
    "why",
    "options",
    "how_to",
    "compare",
    "uncertain",
    "design",
    "concept",
    "data_structure",
    "thanks",
    "ml",
    "sql",
    "proof",
    "verify",
)
_ABOUT_CODE = ("error_handling", "api_use", "docs", "commands", "bug", "broken", "review", "improve", "javascript")
_FOLLOWUPS: dict[str, Callable[[Content, frozenset[str], Voice, Subject], str]] = {
    **{name: getattr(followups, name) for name in _GENERAL},
    **{name: getattr(code_followups, name) for name in _ABOUT_CODE},
}


def write(content: Content, styles: frozenset[str]) -> str:
    """The reply. Of the styles that apply in this situation it shows exactly those in `styles`; others are ignored.

    ValueError for a follow-up of unknown kind.
    """
    if content.answer is not None:
        return program(content, styles) if "code" in content.traits else short_answer(content, styles)
    if content.occasion not in _FOLLOWUPS:
        raise ValueError(f"no reply for a follow-up of kind {content.occasion!r}")
    return _FOLLOWUPS[content.occasion](content, styles, Voice(content), subject_of(content))
