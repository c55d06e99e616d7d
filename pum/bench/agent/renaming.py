"""Renames the local names of a Python program without changing what it does."""

import ast
from collections.abc import Callable, Iterator

from pum.bench.tasks.programs import FunctionNode

_READS_ITS_NAMES = {"locals", "vars", "globals", "exec", "eval", "dir"}


def rename_locals(tree: ast.Module, convert: Callable[[str], str]) -> None:
    """Rename local variables, inner functions and their arguments, in place, as `convert` says.

    One mapping holds for the whole program. A name stays when something else in the program has it or its new form.
    All names stay when the program looks up its own names. Top-level names, methods and their arguments stay, too:
    they are the program's interface.
    """
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if _READS_ITS_NAMES & {node.id for node in names}:
        return
    inner = _inner_functions(tree)
    local = set(_local_names(tree, inner))
    fixed = set(_fixed_names(tree, inner))
    taken = fixed | local | {node.id for node in names}
    mapping: dict[str, str] = {}
    for old in sorted(local - fixed):
        new = convert(old)
        if new != old and new not in taken:
            mapping[old] = new
            taken.add(new)
    for node in ast.walk(tree):
        _apply(mapping, node)


def _apply(mapping: dict[str, str], node: ast.AST) -> None:
    match node:
        case ast.Name(id=name):
            node.id = mapping.get(name, name)
        case ast.arg(arg=name):
            node.arg = mapping.get(name, name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            node.name = mapping.get(name, name)


def _inner_functions(tree: ast.Module) -> list[FunctionNode | ast.Lambda]:
    """Functions and lambdas inside functions, without methods, whose names are attributes."""
    methods = {id(node) for owner in ast.walk(tree) if isinstance(owner, ast.ClassDef) for node in owner.body}
    found: dict[int, FunctionNode | ast.Lambda] = {}
    for outer in ast.walk(tree):
        if isinstance(outer, FunctionNode):
            for node in ast.walk(outer):
                if node is not outer and isinstance(node, (FunctionNode, ast.Lambda)) and id(node) not in methods:
                    found[id(node)] = node
    return list(found.values())


def _local_names(tree: ast.Module, inner: list[FunctionNode | ast.Lambda]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    for node in inner:
        yield from ([node.name] if isinstance(node, FunctionNode) else [])
        yield from _argument_names(node)


def _argument_names(function: FunctionNode | ast.Lambda) -> list[str]:
    """The function's own arguments, without those of lambdas in its defaults."""
    own = function.args
    every = [*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg]
    return [argument.arg for argument in every if argument is not None]


def _fixed_names(tree: ast.Module, inner: list[FunctionNode | ast.Lambda]) -> Iterator[str]:
    """Names that must stay: those of the interface, and those bound in ways that `_apply` does not rename."""
    movable = {id(node) for node in inner}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if id(node) not in movable:
                yield from _argument_names(node)
                yield getattr(node, "name", "")
            case ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from names
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]
    outside = [node for node in tree.body if not isinstance(node, FunctionNode)]
    in_classes = [child for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for child in node.body]
    for statement in outside + [child for child in in_classes if not isinstance(child, FunctionNode)]:
        yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
