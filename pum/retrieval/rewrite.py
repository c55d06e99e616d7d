"""Query rewriting: the user's message becomes a second query about preferences for its kind of task."""

import re

_WORDS = {
    "programming": "python code function program script class bug error import loop list string array api library "
    "module compile debug def return implement refactor sql javascript terminal",
    "mathematics": "solve equation integral derivative polynomial algebra calculus prove proof theorem sum variable "
    "compute calculate probability number divide multiply expected arithmetic",
    "logic": "knight knave knights knaves truth liar statement premise puzzle deduce conclusion logic",
    "writing": "essay email letter story poem paragraph draft rewrite tone readme documentation report",
    "explanation": "explain why understand concept meaning difference intuition learn teach compare how",
}
_CUES = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}


def task_type(query: str) -> str | None:
    """The kind of task with the most distinct cue words in `query` (whole words); None for a tie.

    Taking the first kind that matches would turn "evaluate this essay" into mathematics.
    """
    words = set(re.findall(r"[a-z]+", query.lower()))
    counts = sorted(((len(words & cues), kind) for kind, cues in _CUES.items()), reverse=True)
    (most, kind), (second, _) = counts[0], counts[1]
    return kind if most > second else None


def rewrite(query: str) -> str | None:
    """A query about preferences for this kind of task, to search with in addition to `query`."""
    kind = task_type(query)
    return f"How the user likes answers about {kind}" if kind else None
