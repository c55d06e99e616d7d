"""Output artifacts (oa_): how code and commands are presented."""

from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.world import Situation

_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "shell-session"})


@checker("single_code_block")
def single_code_block(document: Document, situation: Situation) -> Judgement:
    """All code in one block."""
    return len(document.fences) == 1 if document.fences else None


@checker("code_in_chunks")
def code_in_chunks(document: Document, situation: Situation) -> Judgement:
    """At least two blocks of code, with words between each two."""
    if not document.fences:
        return None
    places = [fence.block for fence in document.fences]
    return len(places) >= 2 and all(after - before >= 2 for before, after in zip(places, places[1:], strict=False))


@checker("language_tag")
def language_tag(document: Document, situation: Situation) -> Judgement:
    """Every fence says its language."""
    return all(fence.language for fence in document.fences) if document.fences else None


@checker("bash_with_output")
def bash_with_output(document: Document, situation: Situation) -> Judgement:
    """Commands in a shell block, with what they print as a comment after them."""
    if not document.fences:
        return False
    return any(fence.language in _SHELLS and _shows_output(fence.code) for fence in document.fences)


def _shows_output(code: str) -> bool:
    """A comment below (or behind) a command; a comment above the first command only announces it."""
    lines = [line.strip() for line in code.splitlines() if line.strip()]
    commands = [index for index, line in enumerate(lines) if not line.startswith("#")]
    return bool(commands) and any(line.startswith("#") or "  #" in line for line in lines[commands[0] :])
