"""The Python that a reply shows: its source, syntax tree and comments."""

import ast
import io
import tokenize
from functools import lru_cache

from pum.bench.markdown import Document
from pum.bench.tasks.programs import PYTHON_LABELS, parse

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_TELLING = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.Try,
    ast.For,
    ast.With,
)


def python_sources(document: Document) -> tuple[str, ...]:
    """The programs of a reply: its Python fences taken together where that parses, else those that parse by themselves.

    Fences without a tag count when none is tagged as Python and they look like statements rather than output.
    """
    tagged = [fence.code for fence in document.fences if fence.language in PYTHON_LABELS]
    return _joined(tuple(tagged or [fence.code for fence in document.fences if not fence.language]), bool(tagged))


@lru_cache(maxsize=2048)
def _joined(blocks: tuple[str, ...], tagged: bool) -> tuple[str, ...]:
    whole = "\n".join(blocks)
    sources = [whole] if parse(whole) is not None else [code for code in blocks if parse(code) is not None]
    return tuple(code for code in sources if code.strip() and (tagged or _is_telling(code)))


def _is_telling(code: str) -> bool:
    tree = parse(code)
    return tree is not None and any(isinstance(node, _TELLING) for node in tree.body)


@lru_cache(maxsize=2048)
def tree_of(source: str) -> ast.Module:
    """The syntax tree of a source from `python_sources`; not to be changed."""
    tree = parse(source)
    return tree if tree is not None else ast.Module(body=[], type_ignores=[])


def nodes(document: Document) -> tuple[ast.AST, ...]:
    """All syntax nodes of the reply's Python."""
    return tuple(node for source in python_sources(document) for node in ast.walk(tree_of(source)))


def comment_lines(source: str) -> tuple[int, ...]:
    """Lines (from 1) with a comment; strings that look like one do not count."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(token.start[0] for token in tokens if token.type == tokenize.COMMENT)
