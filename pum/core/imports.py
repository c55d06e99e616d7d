"""Follows imports: the files that a module depends on, for digests of runs and dependencies of stages.

The code is parsed, not run. Imports inside functions and those for type checkers count too. A `Registry` loads the
modules of its package by itself, so a module that reaches a registry reaches all of them.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pum.core.paths import DATA, ROOT


def reachable(*entries: str, chosen: Mapping[str, Iterable[str]] | None = None) -> dict[str, Path]:
    """Module name -> file of the modules `entries` and of everything they import, sorted by name.

    `chosen` maps a registry's package to the only modules (by their last names) that its lookups reach.
    """
    chosen = {package: set(names) for package, names in (chosen or {}).items()}
    waiting, seen = list(entries), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting += [parent for parent in _parents(name) if parent not in seen]
        imported, registries = _named_by(name)
        waiting += imported
        for package in registries:
            below = [module for module in modules() if module.startswith(f"{package}.")]
            waiting += [it for it in below if package not in chosen or it.rpartition(".")[2] in chosen[package]]
    return {name: modules()[name] for name in sorted(seen)}


def beside(files: Iterable[Path]) -> list[Path]:
    """The other files in the folders of modules, such as prompts."""
    folders = sorted({file.parent for file in files})
    return [file for folder in folders for file in sorted(folder.iterdir()) if file.is_file() and _is_text(file)]


def data_named(files: Iterable[Path]) -> list[Path]:
    """The hand-written YAML files and folders in data/ that modules name, as in `DATA / "request_types.yaml"`."""
    names = {name for file in files for name in _data_named_by(file)}
    return [DATA / name for name in sorted(names) if Path(name).suffix in (".yaml", "")]


@cache
def modules(root: Path = ROOT) -> dict[str, Path]:
    files = sorted((root / "pum").rglob("*.py"))
    return {_module_name(file.relative_to(root)): file for file in files}


def names_imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            yield node.module
            members = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (member for member in members if member in modules())


@cache
def _named_by(module: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a module imports or runs as a script, and the packages of the registries that it defines."""
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    registries = [
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Registry" and len(node.args) == 2
        if isinstance(node.args[1], ast.Constant)
    ]
    run = [
        f"{module.rpartition('.')[0]}.{node.args[0].value.removesuffix('.py')}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "with_name"
        if isinstance(node.args[0], ast.Constant) and node.args[0].value.endswith(".py")
    ]
    return (*names_imported(tree), *run), tuple(registries)


@cache
def _data_named_by(file: Path) -> tuple[str, ...]:
    return tuple(
        node.right.value
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and ast.unparse(node.left) == "DATA"
        if isinstance(node.right, ast.Constant)
    )


def _is_text(file: Path) -> bool:
    return file.suffix not in (".py", ".pyc") and not file.name.startswith(".")


def _parents(name: str) -> list[str]:
    """The packages around a module: importing it runs their `__init__`."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
