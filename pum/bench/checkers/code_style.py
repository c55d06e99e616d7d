"""Checkers of code style (cs_) and output artifacts (oa_): names, comments, docstrings, presentation of code."""

import ast
import io
import itertools
import re
import tokenize
from functools import lru_cache

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.passages import endings
from pum.bench.markdown import Document
from pum.bench.tasks.programs import PYTHON_LABELS, FunctionNode, parse
from pum.bench.types import Situation

_TELLING = FunctionNode | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign | ast.Try | ast.For | ast.With
_SNAKE = re.compile(r"_*[a-z0-9]+(?:_+[a-z0-9]+)*_*|_+")
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*")
_SQL_START = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|insert|update|delete|create|with|alter|drop)\b", re.IGNORECASE)
_SQL_LINE = re.compile(
    r"`*(?:SELECT\b[^\n]+?\bFROM|INSERT INTO|UPDATE\b[^\n]+?\bSET|DELETE FROM|CREATE TABLE)\b[^\n`]*"
)
_SQL_KEYWORDS = frozenset(
    "SELECT FROM WHERE JOIN ON GROUP ORDER BY HAVING INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE ALTER DROP AND "
    "OR NOT IN AS LEFT RIGHT INNER OUTER FULL CROSS LIMIT DISTINCT UNION CASE WHEN THEN ELSE END PRIMARY REFERENCES "
    "WITH IS NULL BETWEEN LIKE EXISTS ASC DESC USING".split()
)
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "shell-session"})
_FILE_NAME = re.compile(r"(?:#|//|--)\s*(?:file(?:name)?:\s*)?[\w./\\-]*\w\.[a-z]{1,4}\b", re.IGNORECASE)
_CALL = re.compile(r"\b\w+\(.*\)")


def python_sources(document: Document) -> tuple[str, ...]:
    """The programs of a reply: its Python fences joined when the result parses, else each fence that parses.

    When no fence is tagged as Python, fences without a tag count if they look like statements rather than output.
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
    """The syntax tree of a source from `python_sources`. It is cached: do not change it."""
    tree = parse(source)
    return tree if tree is not None else ast.Module(body=[], type_ignores=[])


def nodes(document: Document) -> tuple[ast.AST, ...]:
    """All syntax nodes of the reply's Python code."""
    return tuple(node for source in python_sources(document) for node in ast.walk(tree_of(source)))


def comment_lines(source: str) -> tuple[int, ...]:
    """The numbers (from 1) of the lines with a comment; strings that look like one do not count."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(token.start[0] for token in tokens if token.type == tokenize.COMMENT)


@checker("python_conventions")
def python_conventions(document: Document, situation: Situation) -> Judgement:
    """All names are in snake_case and every signature is annotated. Names from the task are exempt."""
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
    """Keywords are in upper case, unquoted identifiers in lower case, also of a query that stands in the prose."""
    queries = [
        fence.code
        for fence in document.fences
        if fence.language in ("sql", "postgresql", "mysql", "sqlite", "postgres")
        or (not fence.language and _SQL_START.match(fence.code))
    ]
    queries = queries or [
        query[0].strip("`") for block in document.prose if (query := _SQL_LINE.match(block.unlabelled))
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
    """The code contains at least one comment, not counting a header above it."""
    sources = python_sources(document)
    if not sources:
        return None
    return any(line > _first_line(source) for source in sources for line in comment_lines(source))


def _first_line(source: str) -> int:
    """The line of the first function or class; 0 when there is none, so that any comment counts."""
    definitions = [node.lineno for node in tree_of(source).body if isinstance(node, FunctionNode | ast.ClassDef)]
    return min(definitions, default=0)


@checker("docstrings")
def docstrings(document: Document, situation: Situation) -> Judgement:
    """The module, or every public function and class, has a docstring."""
    verdicts = []
    for source in python_sources(document):
        tree = tree_of(source)
        public = [n for n in tree.body if isinstance(n, FunctionNode | ast.ClassDef) and not n.name.startswith("_")]
        if public:
            verdicts.append(bool(ast.get_docstring(tree)) or all(ast.get_docstring(node) for node in public))
    return all(verdicts) if verdicts else None


@checker("specific_exceptions")
def specific_exceptions(document: Document, situation: Situation) -> Judgement:
    """There is an `except` clause; none is bare, and none catches Exception."""
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


@checker("single_code_block")
def single_code_block(document: Document, situation: Situation) -> Judgement:
    """All code is in one block."""
    return len(document.fences) == 1 if document.fences else None


@checker("code_in_chunks")
def code_in_chunks(document: Document, situation: Situation) -> Judgement:
    """There are at least two blocks of code, with text between them."""
    if not document.fences:
        return None
    places = [fence.block for fence in document.fences]
    return len(places) >= 2 and all(after - before >= 2 for before, after in zip(places, places[1:], strict=False))


@checker("language_tag")
def language_tag(document: Document, situation: Situation) -> Judgement:
    """Every fence names its language."""
    return all(fence.language for fence in document.fences) if document.fences else None


@checker("bash_with_output")
def bash_with_output(document: Document, situation: Situation) -> Judgement:
    """Commands are in a shell block, with their output as a comment after them."""
    if not document.fences:
        return False
    return any(fence.language in _SHELLS and _shows_output(fence.code) for fence in document.fences)


def _shows_output(code: str) -> bool:
    """True for a comment below or behind a command; a comment above the first command only announces it."""
    lines = [line.strip() for line in code.splitlines() if line.strip()]
    commands = [index for index, line in enumerate(lines) if not line.startswith("#")]
    return bool(commands) and any(line.startswith("#") or "  #" in line for line in lines[commands[0] :])


@checker("file_name_comment")
def file_name_comment(document: Document, situation: Situation) -> Judgement:
    """The code begins with a comment that names the file."""
    if not document.fences:
        return None
    lines = document.fences[0].code.strip().splitlines()
    return bool(lines) and _FILE_NAME.match(lines[0]) is not None


@checker("usage_comment")
def usage_comment(document: Document, situation: Situation) -> Judgement:
    """One of the comments above the code shows a call."""
    if not document.fences:
        return None
    lines = (line.strip() for line in document.fences[0].code.strip().splitlines())
    return any(_CALL.search(line) for line in itertools.takewhile(lambda line: line.startswith(("#", "//")), lines))


@checker("ends_with_code")
def ends_with_code(document: Document, situation: Situation) -> Judgement:
    """The reply ends with code."""
    if not document.fences:
        return None
    return any(blocks[-1].kind == "code" for blocks in endings(document))
