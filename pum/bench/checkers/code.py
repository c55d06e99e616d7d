"""Code style (cs_): naming and hints, SQL case, comments, docstrings, exceptions."""

import ast
import re
from functools import lru_cache

from pum.bench.checkers.python_code import FunctionNode, comment_lines, nodes, python_sources, tree_of
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.types import Situation

_SNAKE = re.compile(r"_*[a-z0-9]+(?:_+[a-z0-9]+)*_*|_+")
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*")
_SQL_START = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|insert|update|delete|create|with|alter|drop)\b", re.IGNORECASE)
_SQL_KEYWORDS = frozenset(
    "SELECT FROM WHERE JOIN ON GROUP ORDER BY HAVING INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE ALTER DROP AND "
    "OR NOT IN AS LEFT RIGHT INNER OUTER FULL CROSS LIMIT DISTINCT UNION CASE WHEN THEN ELSE END PRIMARY REFERENCES "
    "WITH IS NULL BETWEEN LIKE EXISTS ASC DESC USING".split()
)


@checker("python_conventions")
def python_conventions(document: Document, situation: Situation) -> Judgement:
    """All names in snake_case, every signature annotated. Names given by the task are excused."""
    given = _words(situation.task.statement)
    found = nodes(document)
    functions = [node for node in found if isinstance(node, FunctionNode)]
    names = [function.name for function in functions]
    names += [argument.arg for node in found if isinstance(node, ast.arguments) for argument in _arguments(node)]
    names += [node.id for node in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    if not names:
        return None
    well_named = all(_SNAKE.fullmatch(name) or _CONSTANT.fullmatch(name) or name in given for name in names)
    return well_named and all(_is_annotated(function) for function in functions)


@lru_cache(maxsize=1024)
def _words(statement: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", statement))


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [argument for argument in every if argument is not None]


def _is_annotated(function: FunctionNode) -> bool:
    arguments = [argument for argument in _arguments(function.args) if argument.arg not in ("self", "cls")]
    return (function.returns is not None or function.name == "__init__") and all(a.annotation for a in arguments)


@checker("sql_case")
def sql_case(document: Document, situation: Situation) -> Judgement:
    """Keywords in upper case, unquoted identifiers in lower case."""
    queries = [
        fence.code
        for fence in document.fences
        if fence.language in ("sql", "postgresql", "mysql", "sqlite", "postgres")
        or (not fence.language and _SQL_START.match(fence.code))
    ]
    judged = [verdict for verdict in map(_has_sql_case, queries) if verdict is not None]
    return all(judged) if judged else None


@lru_cache(maxsize=512)
def _has_sql_case(query: str) -> Judgement:
    from sqlglot.errors import SqlglotError
    from sqlglot.tokens import Tokenizer, TokenType

    try:
        tokens = Tokenizer().tokenize(query)
    except SqlglotError:
        return None
    followers = [token.token_type for token in tokens[1:]] + [TokenType.SEMICOLON]
    judged = False
    for token, follower in zip(tokens, followers, strict=True):
        if token.text.upper().split(" ")[0] in _SQL_KEYWORDS:
            judged = True
            if token.text != token.text.upper():
                return False
        elif (
            token.token_type is TokenType.VAR and follower is not TokenType.L_PAREN and token.text != token.text.lower()
        ):
            return False
    return True if judged else None


@checker("inline_comments")
def inline_comments(document: Document, situation: Situation) -> Judgement:
    """At least one comment within the code, not counting a header above it."""
    sources = python_sources(document)
    if not sources:
        return None
    return any(line > _first_line(source) for source in sources for line in comment_lines(source))


def _first_line(source: str) -> int:
    """The line of the first function or class; 0 where the code has none, so that any comment counts."""
    definitions = [node.lineno for node in tree_of(source).body if isinstance(node, FunctionNode | ast.ClassDef)]
    return min(definitions, default=0)


@checker("docstrings")
def docstrings(document: Document, situation: Situation) -> Judgement:
    """Every public function and class has a docstring, or the module as a whole."""
    verdicts = []
    for source in python_sources(document):
        tree = tree_of(source)
        public = [n for n in tree.body if isinstance(n, FunctionNode | ast.ClassDef) and not n.name.startswith("_")]
        if public:
            verdicts.append(bool(ast.get_docstring(tree)) or all(ast.get_docstring(node) for node in public))
    return all(verdicts) if verdicts else None


@checker("specific_exceptions")
def specific_exceptions(document: Document, situation: Situation) -> Judgement:
    """Errors are caught by their own class: there is an `except`, none is bare, none catches Exception."""
    found = nodes(document)
    if not found:
        return None
    handlers = [node for node in found if isinstance(node, ast.ExceptHandler)]
    return bool(handlers) and not any(_is_broad(handler) for handler in handlers)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        node is None or (isinstance(node, ast.Name) and node.id in ("Exception", "BaseException")) for node in caught
    )
