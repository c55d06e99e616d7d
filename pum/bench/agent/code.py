"""Python programs rewritten in another style: with or without type hints, docstrings and comments; cut into chunks.

What a program does never changes.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pum.bench.agent.renaming import rename_locals
from pum.bench.tasks.programs import FunctionNode, parse

UNKNOWN = "Any"
_RESULT = re.compile(r"\s*(?:==>?|=>|➞|->|=|returns?|should return|#)?\s*([^\n]+)|\s*\n\s*([^\n>]+)")
_COMMENTS: tuple[tuple[type[ast.stmt] | tuple[type[ast.stmt], ...], str], ...] = (
    ((ast.For, ast.While), "Go through the values one after the other"),
    (ast.If, "Treat this case separately"),
    (ast.Return, "Hand back the result"),
    ((ast.FunctionDef, ast.ClassDef), "A small helper"),
    ((ast.Import, ast.ImportFrom), "Only needed here"),
    (ast.stmt, "Prepare what is needed below"),
)


def annotate(function: FunctionNode) -> bool:
    """Give a type hint, in place, to every argument and result that has none; True when `Any` was used.

    The hints come from the calls in the docstring: `>>> f([1])`, `f("a") => True`.
    """
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
    """The position where the bracket opened before `start` closes."""
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
    """One hint for all values; integers and floats together are floats."""
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


@lru_cache(maxsize=4096)
def rewrite(program: str, annotated: bool, documented: bool | None = None, commented: bool = False) -> str:
    """The program in another style; text that is not Python comes back unchanged.

    `documented` None leaves docstrings alone. Existing comments are dropped; `commented` writes new ones.
    """
    tree = parse(program)
    if tree is None:
        return program.strip() + "\n"
    if annotated:
        _annotate(tree)
        rename_locals(tree, _snake)
    else:
        _strip_annotations(tree)
        rename_locals(tree, _camel)
    if documented is not None:
        (_document if documented else _strip_docstrings)(tree)
    source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return _with_comments(source) if commented else source


def _functions(tree: ast.AST) -> Iterator[FunctionNode]:
    return (node for node in ast.walk(tree) if isinstance(node, FunctionNode))


def _annotate(tree: ast.Module) -> None:
    if any([annotate(function) for function in _functions(tree)]) and not _imports_any(tree):
        tree.body.insert(_first_import(tree), ast.ImportFrom("typing", [ast.alias(UNKNOWN)], 0))


def _imports_any(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any(a.name in (UNKNOWN, "*") for a in node.names) for node in tree.body
    )


def _first_import(tree: ast.Module) -> int:
    """The place after the module's docstring and `from __future__` imports."""
    place = 1 if ast.get_docstring(tree) is not None else 0
    while place < len(tree.body) and getattr(tree.body[place], "module", None) == "__future__":
        place += 1
    return place


def _strip_annotations(tree: ast.Module) -> None:
    for function in _functions(tree):
        function.returns = None
        for node in ast.walk(function.args):
            if isinstance(node, ast.arg):
                node.annotation = None
    _Plain().visit(tree)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in list(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "typing":
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
            if not node.names:
                tree.body.remove(node)


class _Plain(ast.NodeTransformer):
    """Turns `count: int = 0` into `count = 0` outside classes, where annotations may have a meaning."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return ast.Pass()
        return ast.Assign([node.target], node.value)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail) if head and all(tail) else name


def _snake(name: str) -> str:
    return name if name.isupper() else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _document(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (FunctionNode, ast.ClassDef)) and not ast.get_docstring(node):
            words = node.name.strip("_").replace("_", " ")
            node.body.insert(0, ast.Expr(ast.Constant(f"Part of this module: {words}.")))
    if not ast.get_docstring(tree):
        last = [node.name for node in tree.body if isinstance(node, FunctionNode)][-1:]
        about = f"The function {last[0]} and what it needs." if last else "A small script."
        tree.body.insert(0, ast.Expr(ast.Constant(about)))


def _strip_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if (
            isinstance(node, (FunctionNode, ast.ClassDef, ast.Module))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]


def _with_comments(source: str) -> str:
    """Put a comment above each block of the functions' bodies; neighbouring statements of one kind share it."""
    lines = source.split("\n")
    comments: dict[int, str] = {}
    for function in ast.parse(source).body:
        if isinstance(function, FunctionNode):
            before = None
            for statement in _without_docstring(function):
                text = next(text for kinds, text in _COMMENTS if isinstance(statement, kinds))
                if text != before:
                    comments[_first_line(statement)] = " " * statement.col_offset + f"# {text}"
                before = text
    return "\n".join(f"{comments[n]}\n{line}" if n in comments else line for n, line in enumerate(lines, 1))


def _without_docstring(function: FunctionNode) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(node.lineno for node in decorators)])


@lru_cache(maxsize=4096)
def chunks(source: str, at_most: int) -> tuple[str, ...]:
    """The program in up to `at_most` pieces, cut before statements of its last function.

    Text without functions, or that is not Python, stays whole.
    """
    tree = parse(source)
    functions = [node for node in tree.body if isinstance(node, FunctionNode)] if tree else []
    if not functions:
        return (source,)
    lines = source.rstrip("\n").split("\n")
    body = _without_docstring(functions[-1]) or functions[-1].body
    wanted = [body[0], body[len(body) // 2]] if len(body) > 2 and at_most > 2 else [body[0]]
    cuts = [0, *(_above_comments(lines, _first_line(statement) - 1) for statement in wanted), len(lines)]
    pieces = ["\n".join(lines[start:end]).strip("\n") for start, end in zip(cuts, cuts[1:], strict=False)]
    return tuple(f"{piece}\n" for piece in pieces if piece)


def _above_comments(lines: list[str], line: int) -> int:
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


@lru_cache(maxsize=4096)
def last_function(source: str) -> str:
    """The name of the last top-level function; "main" without one."""
    tree = parse(source)
    return ["main", *(node.name for node in tree.body if isinstance(node, FunctionNode))][-1] if tree else "main"
