"""Type hints for functions that have none, read off the calls in their docstrings: `>>> f([1])`, `f("a") => True`."""

import ast
import re
from collections.abc import Iterable

from pum.bench.agent.renaming import FunctionNode

UNKNOWN = "Any"
_RESULT = re.compile(r"\s*(?:==>?|=>|➞|->|=|returns?|should return|#)?\s*([^\n]+)|\s*\n\s*([^\n>]+)")


def annotate(function: FunctionNode) -> bool:
    """Give every argument and the result a hint where there is none; True when `Any` had to be used."""
    calls = list(_documented_calls(function))
    arguments = [*function.args.posonlyargs, *function.args.args]
    hints = []
    for index, argument in enumerate(arguments):
        if argument.annotation is None and argument.arg not in ("self", "cls"):
            hints.append(_merged(values[index] for values, _ in calls if len(values) > index))
            argument.annotation = _expression(hints[-1])
    for argument in (*function.args.kwonlyargs, function.args.vararg, function.args.kwarg):
        if argument is not None and argument.annotation is None:
            hints.append(UNKNOWN)
            argument.annotation = _expression(UNKNOWN)
    if function.returns is None:
        hints.append(_merged(result for _, results in calls for result in results))
        function.returns = _expression(hints[-1])
    return any(UNKNOWN in hint for hint in hints)


def _expression(hint: str) -> ast.expr:
    return ast.parse(hint, mode="eval").body


def _documented_calls(function: FunctionNode) -> Iterable[tuple[list[object], list[object]]]:
    """(arguments, results) of the calls in the docstring whose arguments are plain values."""
    text = ast.get_docstring(function) or ""
    for found in re.finditer(rf"\b{re.escape(function.name)}\(", text):
        end = _closing(text, found.end())
        arguments = _literal(f"[{text[found.end() : end]}]") if end else None
        if end and isinstance(arguments, list):
            shown = _RESULT.match(text, end + 1)
            result = (shown[1] or shown[2] or "").strip() if shown else ""
            value = _literal(result.split("  ")[0].rstrip("."))
            yield arguments, [value] if value is not None or result == "None" else []


def _closing(text: str, start: int) -> int | None:
    """Where the bracket opened before `start` closes."""
    depth = 1
    for position in range(start, len(text)):
        depth += (text[position] in "([{") - (text[position] in ")]}")
        if depth == 0:
            return position
    return None


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _merged(values: Iterable[object]) -> str:
    """One hint for all values; whole numbers and fractions together are floats."""
    hints = {_hint(value) for value in values}
    optional = "None" in hints and len(hints) > 1
    hints -= {"None"} if optional else set()
    if hints == {"int", "float"}:
        hints = {"float"}
    if len(hints) > 1 and all(hint.startswith("list") for hint in hints):
        hints = {"list"}
    if len(hints) != 1:
        return UNKNOWN
    return hints.pop() + (" | None" if optional else "")


def _hint(value: object) -> str:
    if isinstance(value, list):
        elements = {_hint(element) for element in value}
        return f"list[{elements.pop()}]" if len(elements) == 1 else "list"
    return "None" if value is None else type(value).__name__
