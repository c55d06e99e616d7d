"""No string stands in the code by itself: a text that is wrapped without parentheses would lose its second half."""

import ast
from collections.abc import Iterator

import pytest

import pum
from pum.core.paths import ROOT


def stray_strings(source: str) -> list[int]:
    """The lines of strings that are statements, but neither docstrings nor descriptions below an assignment."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for block in _blocks(node):
            for before, statement in zip([node, *block], block, strict=False):
                if _is_string(statement) and not _is_described(before, node):
                    found.append(statement.lineno)
    return sorted(found)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value


def _is_string(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def _is_described(before: ast.AST, owner: ast.AST) -> bool:
    """Whether a string is in its place behind `before`: the head of `owner`, or an assignment in a module or class."""
    if before is owner:
        return isinstance(owner, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    return isinstance(owner, (ast.Module, ast.ClassDef)) and isinstance(before, (ast.Assign, ast.AnnAssign))


def test_no_string_of_the_package_is_a_statement() -> None:
    files = sorted((ROOT / pum.__name__).rglob("*.py"))
    assert len(files) > 100
    stray = {str(file): lines for file in files if (lines := stray_strings(file.read_text(encoding="utf-8")))}
    assert stray == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('def f():\n    """Doc."""\n    return "a "\n    "b"\n', [4]),
        ('def f(x):\n    text = "a "\n    f"{x}"\n    return text\n', [3]),
        ('if True:\n    "b"\nelse:\n    "c"\n', [2, 4]),
        ('"""Doc."""\nA = 1\n"""What A is."""\n"again"\n', [4]),
        ('class C:\n    """Doc."""\n\n    a: int\n    """What a is."""\n', []),
        ('async def f():\n    """Doc."""\n', []),
        ('print("a")\n', []),
    ],
)
def test_a_stray_string_is_found(source: str, lines: list[int]) -> None:
    assert stray_strings(source) == lines
