"""The offline agent's hand: real text about a task, in the styles asked for and in no others."""

from collections.abc import Callable

from pum.bench.agent import choices, code_followups, explaining, followups
from pum.bench.agent.content import Content, Voice
from pum.bench.agent.openings import short_answer
from pum.bench.agent.programs import program
from pum.bench.agent.subject import Subject
from pum.bench.agent.subjects import subject_of
from pum.bench.agent.supplements import supplemented

_ABOUT_CODE = ("error_handling", "api_use", "docs", "commands", "bug", "broken", "review", "improve", "javascript")
_WRITERS = (
    (explaining, ("why", "how_to", "thanks")),
    (choices, ("options", "compare", "uncertain")),
    (followups, ("design", "concept", "data_structure", "ml", "sql", "proof", "verify")),
    (code_followups, _ABOUT_CODE),
)
_FOLLOWUPS: dict[str, Callable[[Content, frozenset[str], Voice, Subject], str]] = {
    name: getattr(module, name) for module, names in _WRITERS for name in names
}


def write(content: Content, styles: frozenset[str]) -> str:
    """The reply. Of the styles that apply in this situation it shows exactly those in `styles`; others are ignored.

    ValueError for a follow-up of unknown kind.
    """
    if content.answer is not None:
        return program(content, styles) if "code" in content.traits else short_answer(content, styles)
    if content.occasion not in _FOLLOWUPS:
        raise ValueError(f"no reply for a follow-up of kind {content.occasion!r}")
    voice = Voice(content)
    reply = _FOLLOWUPS[content.occasion](content, styles, voice, subject_of(content))
    return supplemented(reply, content, styles, voice)
