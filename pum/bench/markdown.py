"""What a reply looks like: its blocks, code, lists and tables, read once from markdown.

Inline markup is left as it stands (`**Definition:** ...`): the checkers want the words, and parsing half costs half.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Kind = Literal["heading", "paragraph", "item", "table", "code"]

_END = re.compile(r"[.!?]+[\"')\]*_]*(?=\s)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|etc|cf|approx|dr|mr|mrs|no|fig|eq|resp)|^\W*(?:\d+|[a-z]))\.$", re.IGNORECASE
)
_WORD = re.compile(r"\w")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_`]|[*_`](?!\w)")
_LABEL = re.compile(
    r"^(?:\d+[.)]\s*)?"
    r"(?:(?P<mark>\*\*|__)(?P<bold>[^*\n]{1,70}?)[:.]?\s*(?P=mark)|(?P<plain>[A-Z][\w' /&-]{1,40}?)(?=:))"
)


@dataclass(frozen=True)
class Block:
    """A piece of the reply in reading order. `level`: a heading's level or an item's depth (0 outermost)."""

    kind: Kind
    text: str
    level: int = 0

    @cached_property
    def plain(self) -> str:
        """The text without emphasis marks."""
        return _EMPHASIS.sub("", self.text).strip()

    @cached_property
    def label(self) -> str:
        """A heading's text, or what leads the block ("**Proof.** ...", "Example: ..."), in lower case; else ""."""
        if self.kind in ("code", "table"):
            return ""
        if self.kind == "heading":
            return self.plain.lower()
        found = _LABEL.match(self.text)
        return (found["bold"] or found["plain"]).strip().lower() if found else ""


@dataclass(frozen=True)
class Fence:
    """A fenced code block. `language`: its tag in lower case, "" without one; `block`: its place among the blocks."""

    language: str
    code: str
    block: int


@dataclass(frozen=True)
class MarkdownList:
    """A list. `items`: the first paragraphs of its items, `indents` their columns, `block` the place of the first."""

    ordered: bool
    items: tuple[str, ...]
    indents: tuple[int, ...]
    depth: int
    block: int


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    block: int


@dataclass(frozen=True)
class Document:
    """A parsed reply: all blocks in order, and views of some kinds of them."""

    blocks: tuple[Block, ...]
    fences: tuple[Fence, ...]
    lists: tuple[MarkdownList, ...]
    tables: tuple[Table, ...]

    @property
    def headings(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "heading")

    @property
    def paragraphs(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "paragraph")

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of paragraphs and list items, in order."""
        prose = (block.text for block in self.blocks if block.kind in ("paragraph", "item"))
        return tuple(sentence for text in prose for sentence in split_sentences(text))

    @cached_property
    def word_count(self) -> int:
        """Words outside code."""
        return sum(len(block.plain.split()) for block in self.blocks if block.kind != "code")


def split_sentences(text: str) -> list[str]:
    """Sentences of a paragraph; abbreviations, numbering and decimals do not end one."""
    sentences, start = [], 0
    for found in _END.finditer(text):
        rest = text[found.end() :].lstrip()
        if rest[:1].islower() or _ABBREVIATION.search(text[start : found.end()]):
            continue
        sentences.append(text[start : found.end()].strip())
        start = found.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if _WORD.search(sentence)]


@lru_cache(maxsize=2048)
def parse(reply: str) -> Document:
    """The reply's structure. Any text is valid markdown, so nothing is ever refused."""
    return _Reading(reply).document()


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])


class _Reading:
    """One pass over the tokens. Lists and tables are collected while they are open."""

    def __init__(self, reply: str) -> None:
        self._lines = reply.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._tokens: Sequence[Token] = _parser().parse(reply)
        self._blocks: list[Block] = []
        self._fences: list[Fence] = []
        self._lists: list[MarkdownList] = []
        self._tables: list[Table] = []
        self._open_lists: list[tuple[bool, int, list[str], list[int]]] = []
        self._rows: list[list[str]] = []
        self._item_starts = False
        self._heading = 0
        self._in_table = False

    def document(self) -> Document:
        for token in self._tokens:
            self._read(token)
        lists = tuple(sorted(self._lists, key=lambda entry: entry.block))
        return Document(tuple(self._blocks), tuple(self._fences), lists, tuple(self._tables))

    def _read(self, token: "Token") -> None:
        match token.type:
            case "fence":
                language = token.info.strip().lower().split(" ")[0].strip("{}.")
                self._fences.append(Fence(language, token.content, len(self._blocks)))
                self._blocks.append(Block("code", token.content))
            case "code_block":
                self._blocks.append(Block("code", token.content))
            case "heading_open":
                self._heading = int(token.tag[1:])
            case "heading_close":
                self._heading = 0
            case "ordered_list_open" | "bullet_list_open":
                self._open_lists.append((token.type.startswith("ordered"), len(self._blocks), [], []))
            case "ordered_list_close" | "bullet_list_close":
                self._close_list()
            case "list_item_open":
                self._item_starts = True
                line = self._lines[token.map[0]] if token.map and token.map[0] < len(self._lines) else ""
                self._open_lists[-1][3].append(len(line) - len(line.lstrip()))
            case "table_open":
                self._rows, self._in_table = [], True
            case "tr_open":
                self._rows.append([])
            case "table_close":
                self._close_table()
            case "inline":
                self._read_text(token.content)

    def _read_text(self, text: str) -> None:
        if self._in_table:
            self._rows[-1].append(text)
        elif self._heading:
            self._blocks.append(Block("heading", text, self._heading))
        elif self._open_lists and self._item_starts:
            self._open_lists[-1][2].append(text)
            self._blocks.append(Block("item", text, len(self._open_lists) - 1))
            self._item_starts = False
        elif text.strip():
            self._blocks.append(Block("paragraph", text))

    def _close_list(self) -> None:
        ordered, first, items, indents = self._open_lists.pop()
        self._item_starts = False
        self._lists.append(MarkdownList(ordered, tuple(items), tuple(indents), len(self._open_lists), first))

    def _close_table(self) -> None:
        header, *rows = [tuple(row) for row in self._rows]
        self._tables.append(Table(header, tuple(rows), len(self._blocks)))
        self._blocks.append(Block("table", "\n".join(" | ".join(row) for row in self._rows)))
        self._in_table = False
