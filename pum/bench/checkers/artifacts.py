"""Output artifacts (oa_): how code and commands are presented."""

import itertools
import re

from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.types import Situation

_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "shell-session"})
_FILE_NAME = re.compile(r"(?:#|//|--)\s*(?:file(?:name)?:\s*)?[\w./\\-]*\w\.[a-z]{1,4}\b", re.IGNORECASE)
_CALL = re.compile(r"\b\w+\(.*\)")


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


@checker("file_name_comment")
def file_name_comment(document: Document, situation: Situation) -> Judgement:
    """The code begins with a comment that names its file."""
    if not document.fences:
        return None
    lines = document.fences[0].code.strip().splitlines()
    return bool(lines) and _FILE_NAME.match(lines[0]) is not None


@checker("usage_comment")
def usage_comment(document: Document, situation: Situation) -> Judgement:
    """Among the comments above the code, one shows a call."""
    if not document.fences:
        return None
    lines = (line.strip() for line in document.fences[0].code.strip().splitlines())
    return any(_CALL.search(line) for line in itertools.takewhile(lambda line: line.startswith(("#", "//")), lines))


@checker("ends_with_code")
def ends_with_code(document: Document, situation: Situation) -> Judgement:
    """Nothing stands after the code."""
    return document.blocks[-1].kind == "code" if document.fences else None
