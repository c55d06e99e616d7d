"""Reads the Python program out of a reply, and brings it into a normal form."""

import ast
import warnings

from pum.bench import markdown

PYTHON_LABELS = {"python", "py", "python3"}
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def parse(source: str) -> ast.Module | None:
    """The syntax tree; None when `source` is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: absurd nesting
        return None


def preamble(prompt: str, entry_point: str) -> str:
    """The code of a prompt before the function that it asks for: imports and helper functions."""
    lines = prompt.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith(f"def {entry_point}(")]
    return "".join(lines[: starts[-1]]).strip() if starts else ""


def program_in(reply: str) -> str | None:
    """The Python program of a reply; None without one.

    It joins the fenced blocks labelled as Python, else those without a label; a reply without any block is taken as a
    whole. If the result does not parse, blocks that do not parse (such as console output) are left out.
    """
    blocks = [(fence.language, fence.code) for fence in markdown.parse(reply).fences if fence.code.strip()]
    labelled = [text for label, text in blocks if label in PYTHON_LABELS]
    candidates = labelled or [text for label, text in blocks if not label] or ([] if blocks else [reply])
    whole = "\n".join(candidates)
    if parse(whole) is None:
        whole = "\n".join(text for text in candidates if parse(text) is not None)
    return whole if whole.strip() else None


def normal_form(preamble_source: str, program: str) -> str | None:
    """The prompt's preamble and the program, without comments and formatting; None when it is not Python.

    Docstrings stay, because a program can read them. `from __future__` imports come first, as Python demands.
    """
    before, after = parse(preamble_source), parse(program)
    if before is None or after is None:
        return None
    body = before.body + after.body
    body.sort(key=lambda node: not (isinstance(node, ast.ImportFrom) and node.module == "__future__"))
    try:
        return ast.unparse(ast.Module(body=body, type_ignores=[]))
    except RecursionError:
        return None
