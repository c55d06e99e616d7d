"""Parses a reply's markdown into a document: blocks, code, lists and tables.

Inline markup stays in the text (`**Definition:** ...`): the checkers look for words, and skipping it halves the time.
"""

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

Kind = Literal["heading", "paragraph", "item", "table", "code"]

_END = re.compile(r"(?<![.!?])[.!?]++[\"')\]*_]*+(?=\s)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|etc|cf|approx|dr|mr|mrs|no|fig|eq|resp)|^\W*(?:\d+|[a-z]))\.$", re.IGNORECASE
)
_WORD = re.compile(r"\w")
_ANSWER_LABEL = re.compile(r"^[*_ ]*(?:final )?answer[*_ ]*:[*_ ]*", re.IGNORECASE)
_LABEL_BEFORE_FENCE = re.compile(r"^([^\n`]{0,60}:[*_]*)[ \t]*(?=```[\w+-]*\n)", re.MULTILINE)
_MARKDOWN_TAGS = ("markdown", "md")
_TEXT_TAGS = ("text", "txt", "plaintext")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_`]|[*_`](?!\w)")
_LABEL = re.compile(
    r"^(?:\d+[.)]\s*)?"
    r"(?:(?P<mark>\*\*|__)(?P<bold>[^*\n]{1,70}?)[:.]?\s*(?P=mark)|(?P<plain>[A-Z][\w' /&-]{1,40}?)(?=:))"
)


@dataclass(frozen=True)
class Block:
    """A block of the reply. `level`: the level of a heading, or the depth of an item (0 outermost)."""

    kind: Kind
    text: str
    level: int = 0

    @cached_property
    def plain(self) -> str:
        """The text without emphasis marks."""
        return _EMPHASIS.sub("", self.text).strip()

    @cached_property
    def label(self) -> str:
        """A heading's text, or the block's lead-in ("**Proof.** ...", "Example: ..."), in lower case; else ""."""
        if self.kind in ("code", "table"):
            return ""
        if self.kind == "heading":
            return self.plain.lower()
        found = _LABEL.match(self.unlabelled) or _LABEL.match(self.text)
        return (found["bold"] or found["plain"]).strip().lower() if found else ""

    @cached_property
    def unlabelled(self) -> str:
        """The text without "Answer:" at its beginning, after which some models write all that they say."""
        return _ANSWER_LABEL.sub("", self.text)


@dataclass(frozen=True)
class Fence:
    """A fenced code block. `language`: its tag in lower case, "" without one; `block`: its index among the blocks."""

    language: str
    code: str
    block: int


@dataclass(frozen=True)
class MarkdownList:
    """A list. `items`: the first paragraph of each item; `indents`: their columns; `block`: the index of the first."""

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
    """A parsed reply: all blocks in reading order, and views by kind."""

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
    def prose(self) -> tuple[Block, ...]:
        """All blocks except code."""
        return tuple(block for block in self.blocks if block.kind != "code")

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of paragraphs and list items, in order."""
        prose = (block.text for block in self.blocks if block.kind in ("paragraph", "item"))
        return tuple(sentence for text in prose for sentence in split_sentences(text))

    @cached_property
    def word_count(self) -> int:
        """Words outside code."""
        return sum(len(block.plain.split()) for block in self.prose)


def split_sentences(text: str) -> list[str]:
    """The sentences of a paragraph; abbreviations, numbering and decimals do not end a sentence."""
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
    """The reply as a document. Any text is valid markdown, so this never fails.

    Code that begins on the line of its label ("Answer: ```sql") is no fence in markdown, but readers take it for one.
    """
    return _build(_LABEL_BEFORE_FENCE.sub(r"\1\n\n", reply))


def _build(text: str, *, fenced: bool = False) -> Document:
    from markdown_it.tree import SyntaxTreeNode

    return _DocumentBuilder(text, fenced).document(SyntaxTreeNode(_parser().parse(text)))


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])


class _DocumentBuilder:
    """Builds the document in one walk over the syntax tree. `_item`: the texts of the list whose item has none yet.

    A fence of markdown is read as part of the reply: its reader sees the list or table, and no program. `fenced`: the
    text stands in such a fence; fences in it are code.
    """

    def __init__(self, reply: str, fenced: bool) -> None:
        self._fenced = fenced
        self._lines = reply.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._blocks: list[Block] = []
        self._fences: list[Fence] = []
        self._lists: list[MarkdownList] = []
        self._tables: list[Table] = []
        self._item: list[str] | None = None

    def document(self, root: "SyntaxTreeNode") -> Document:
        self._read(root, depth=0)
        lists = tuple(sorted(self._lists, key=lambda entry: entry.block))
        return Document(tuple(self._blocks), tuple(self._fences), lists, tuple(self._tables))

    def _read(self, node: "SyntaxTreeNode", depth: int) -> None:
        """Add a node. `depth`: the number of lists around it."""
        match node.type:
            case "fence":
                self._read_fence(node)
            case "code_block":
                self._blocks.append(Block("code", node.content))
            case "heading":
                self._blocks.append(Block("heading", _text(node), int(node.tag[1:])))
            case "paragraph":
                self._read_paragraph(_text(node), depth)
            case "ordered_list" | "bullet_list":
                self._read_list(node, depth)
            case "table":
                self._read_table(node)
            case _:
                for child in node.children:
                    self._read(child, depth)

    def _read_fence(self, node: "SyntaxTreeNode") -> None:
        language = node.info.strip().lower().split(" ")[0].strip("{}.")
        if language in (*_MARKDOWN_TAGS, *_TEXT_TAGS) and not self._fenced:
            inner = _build(node.content, fenced=True)
            if language in _MARKDOWN_TAGS or _is_layout(inner):
                self._insert(inner)
                return
        self._fences.append(Fence(language, node.content, len(self._blocks)))
        self._blocks.append(Block("code", node.content))

    def _insert(self, inner: Document) -> None:
        """Add the blocks of a document that stands in a fence."""
        shift = len(self._blocks)
        for own, others in ((self._fences, inner.fences), (self._lists, inner.lists), (self._tables, inner.tables)):
            own.extend(replace(other, block=other.block + shift) for other in others)
        self._blocks.extend(inner.blocks)

    def _read_paragraph(self, text: str, depth: int) -> None:
        if self._item is not None:
            self._item.append(text)
            self._blocks.append(Block("item", text, depth - 1))
            self._item = None
        elif text.strip():
            self._blocks.append(Block("paragraph", text))

    def _read_list(self, node: "SyntaxTreeNode", depth: int) -> None:
        first, texts, indents = len(self._blocks), [], []
        for item in node.children:
            self._item = texts
            line = self._lines[item.map[0]] if item.map and item.map[0] < len(self._lines) else ""
            indents.append(len(line) - len(line.lstrip()))
            self._read(item, depth + 1)
        self._item = None
        self._lists.append(MarkdownList(node.type == "ordered_list", tuple(texts), tuple(indents), depth, first))

    def _read_table(self, node: "SyntaxTreeNode") -> None:
        header, *rows = [tuple(map(_text, row.children)) for part in node.children for row in part.children]
        self._tables.append(Table(header, tuple(rows), len(self._blocks)))
        self._blocks.append(Block("table", "\n".join(" | ".join(row) for row in (header, *rows))))


def _is_layout(document: Document) -> bool:
    """True for a list or table with at most headings beside it, which some models put into a fence of plain text."""
    kinds = {block.kind for block in document.blocks}
    return kinds <= {"item", "table", "heading"} and bool(document.lists or document.tables)


def _text(node: "SyntaxTreeNode") -> str:
    """The source of a heading, paragraph or cell."""
    return node.children[0].content
