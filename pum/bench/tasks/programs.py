"""From a reply to the Python program it gives, in one normal form per meaning."""

import ast
import warnings

from pum.bench import markdown

PYTHON_LABELS = {"python", "py", "python3"}


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None where `source` is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: absurd nesting
        return None


def preamble(prompt: str, entry_point: str) -> str:
    """What a prompt defines before the function it asks for: imports and helper functions."""
    lines = prompt.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith(f"def {entry_point}(")]
    return "".join(lines[: starts[-1]]).strip() if starts else ""


def program_in(reply: str) -> str | None:
    """The fenced Python blocks of a reply, one after the other; unlabelled blocks where none is labelled; the bare
    reply where it has no block at all. Blocks that are no Python (console output, say) are left out where the whole is
    no program. None where nothing is left."""
    blocks = [(fence.language, fence.code) for fence in markdown.parse(reply).fences if fence.code.strip()]
    labelled = [text for label, text in blocks if label in PYTHON_LABELS]
    candidates = labelled or [text for label, text in blocks if not label] or ([] if blocks else [reply])
    whole = "\n".join(candidates)
    if parse(whole) is None:
        whole = "\n".join(text for text in candidates if parse(text) is not None)
    return whole if whole.strip() else None


def normal_form(preamble_source: str, program: str) -> str | None:
    """The program with the prompt's preamble before it, without comments and formatting; docstrings stay, because a
    program can read them. `from __future__` imports come first, as Python demands. None where it is no Python."""
    before, after = parse(preamble_source), parse(program)
    if before is None or after is None:
        return None
    body = before.body + after.body
    body.sort(key=lambda node: not (isinstance(node, ast.ImportFrom) and node.module == "__future__"))
    try:
        return ast.unparse(ast.Module(body=body, type_ignores=[]))
    except RecursionError:
        return None
