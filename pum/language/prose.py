"""What a user says in their own voice: a message without its code, quotations and pasted documents, as sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from pum.core.text_cache import cached_by_text

LONGEST_SENTENCE = 400
"""Characters. A longer run without a full stop is pasted data; no condition and action need so much."""

_FENCE = re.compile(r"\s*(?:```|~~~)")
_BLOCK_QUOTE = re.compile(r"\s*>")
_CODE_LINE = re.compile(
    r"(?: {4}|\t)|\s*(?:/\*|def |class \w+[(:]|import \w+$|from \S+ import |return\b|@\w|#\s*\w|//|print\(|elif\b)"
    r"|.*[;{}]\s*$"
)
_MARKUP = re.compile(r"\s*<[/!a-zA-Z]")
# What stands between a line that begins with a tag, such as <tool_result> or [document], and the tag that closes it.
_ELEMENT = re.compile(r"\s*[<\[]([A-Za-z][\w-]*)(?:\s[^<>\[\]\n]{0,200})?(?<!/)[>\]]")
_TAG = re.compile(r"[<\[](/?)([A-Za-z][\w-]*)(?:\s[^<>\[\]\n]{0,200})?(?<!/)[>\]]")
# A comma within a number, or with a space behind it, separates no cells.
_DELIMITERS = tuple(map(re.compile, (r",(?=\S)(?!\d{3}\b)", r"(?<=\S);(?=\S)", r"\t", r"\|")))
# Somebody else's part of a conversation, or what pretends to be one; it goes on to the next empty line.
_ROLE = re.compile(
    r"<\s?\|\w+\|>|<\s?<SYS>>|\[\s?INST\]"
    r"|^\s*(?:#{1,6}\s*)?(?:system|assistant|developer|tool|function(?=[ _]))"
    r"(?:[ _](?:message|prompt|note|result|output|response|reply|call))?\s*:",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\b(?:below|following)[.:]$|\bfollowing (?:text|e-?mail|letter|document|article|page|post|message)\.$"
    r"|\bi (?:found|read|saw|got|copied)\b[^.!?]{0,60}:$",
    re.IGNORECASE,
)
_CODE_OPENING = re.compile(r"\s*(?:for|if|while|with|try|else)\b[^,?]*:\s*$")
_QUOTATION = re.compile(r'"[^"\n]{1,400}"|“[^“”\n]{1,400}”|«[^«»\n]{1,400}»|(?<![\w\'])\'[^\'\n]{1,200}\'(?!\w)')
_DOCUMENT = re.compile(
    r"\b(?:text|e-?mail|letter|document|article|passage|message|statement|problem|question|puzzle|task|code"
    r"|snippet|log|output|"
    r"csv|tsv|json|ya?ml|xml|dataset|spreadsheet|transcript|"
    r"spec|readme|guide|guidelines|policy|list|notes?|paragraph|essay|report|review|instructions|requirements"
    r"|below|following)\b",
    re.IGNORECASE,
)
_OWN_WISHES = re.compile(
    r"\b(?:prefer\w*|wishes|(?<!style )rules|from now on|answers|answering|repl(?:y|ies)|would like|custom instructions"
    r"|my (?:own |personal |standing )?instructions|instructions for you)\b",
    re.IGNORECASE,
)
_PASTED = re.compile(
    r"\b(?:proofread|translate|grammar|rephrase|paraphrase|prompt|readme|policy|e-?mail|guide|contract|clause|memo"
    r"|forum|wrote|says|reads"
    r"|assignment|instructions say|memory cards?|(?:an?|the|this|some) [\w-]+ i (?:found|copied|came across)"
    r"|(?<!you )(?:summari[sz]e|analy[sz]e|explain|review|fix|correct|improve|complete|classify)"
    r" (?:this|these|the following))\b[^.:?!]{0,40}:(?=\s+\S)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)[)\]]*\s+|(?<=[!?;])\s+|(?<=:)\s+(?=(?:when|whenever|if)\s)",
    re.IGNORECASE,
)
_PLEASE = r"(?:(?:please|pls|kindly|now|then|and|ok|okay)[, ]+|(?:can|could|would|will) (?:you|u) |help me (?:to )?)*"
_HANDLE = (
    r"(?:translate|proofread|summari[sz]e|paraphrase|rephrase|reword|rewrite|explain|analy[sz]e|correct|edit|improve"
    r"|check|classify|interpret|discuss|review|parse|evaluate|spell-?check|comment on|reply to|respond to)"
)
_LIST_MARKER = re.compile(r"^\s*(?:[-*+•]\s+|\d{1,2}[.)]\s+|#{1,6}\s+)?")
_PRIVATE_USE = 0xE000
_MOST_QUOTATIONS = 500
_PLACEHOLDERS = re.compile(f"[{chr(_PRIVATE_USE)}-{chr(_PRIVATE_USE + _MOST_QUOTATIONS)}]")
# "Translate "..." into German.", and, beside what was pasted, "Please summarise this."
_HANDLES_QUOTATION = re.compile(
    rf"{_PLEASE}{_HANDLE}(?:[ :,]+(?:this|that|these|the|my|his|her|their|following|words?|phrase|sentences?|text"
    rf"|lines?|paragraph|quote|notes?|message|e-?mail|comment|title|instructions?|rules?|prompt|for|me)){{0,5}}[ :,]*"
    rf"{_PLACEHOLDERS.pattern}",
    re.IGNORECASE,
)
_HANDLES_PASTED = re.compile(
    rf"{_PLEASE}(?:{_HANDLE}|shorten|simplify|condense|fix|debug|polish)"
    r"(?: (?:it|this|that|these|them|the (?:text|above|below|following)))?(?: for me)?(?:,? please)?[.!:]*$",
    re.IGNORECASE,
)
_SAYS_ANYTHING = re.compile(r"\w")
_MESSAGES_KEPT = 4096
"""Extractor and reward both read each message, and tasks return."""
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "`"})


@dataclass(frozen=True)
class Sentence:
    """`text`: for the rules, each quotation replaced by one placeholder character. `raw`: as written."""

    text: str
    raw: str
    quotations: tuple[str, ...]

    def restore(self, text: str) -> str:
        """`text`, made from this sentence's text, with the quotations put back."""
        return _restore(text, self.quotations)

    @property
    def quotes(self) -> bool:
        """Whether there is a quotation in it."""
        return bool(_PLACEHOLDERS.search(self.text))

    @property
    def outside(self) -> str:
        """The words that stand outside of its quotations."""
        return " ".join(_PLACEHOLDERS.sub(" ", self.text).split())


@cached_by_text(_MESSAGES_KEPT)
def own_sentences(message: str) -> tuple[Sentence, ...]:
    """The sentences of `message` that its author says to the assistant, in order."""
    quotations: list[str] = []

    def hide(match: re.Match) -> str:
        if len(quotations) == _MOST_QUOTATIONS:
            return " "
        quotations.append(match.group())
        return chr(_PRIVATE_USE + len(quotations) - 1)

    message = _PLACEHOLDERS.sub(" ", message)
    found = []
    for block in _own_blocks(message):
        for line in block:
            hidden = _QUOTATION.sub(hide, _without_pasted(line))
            kept = tuple(quotations)
            for piece in _SENTENCE_END.split(_LIST_MARKER.sub("", hidden, count=1)):
                piece = piece.strip()
                if piece and len(piece) <= LONGEST_SENTENCE:
                    found.append(Sentence(piece.translate(_APOSTROPHES), _restore(piece, kept), kept))
    return tuple(found)


def own_requests(message: str) -> tuple[Sentence, ...]:
    """The author's own sentences without those that say what to do with the text beside or inside them: a task, in
    whatever words, is no wish about answers."""
    sentences, pasted = own_sentences(message), _holds_pasted(message)
    return tuple(
        sentence
        for sentence in sentences
        if not _HANDLES_QUOTATION.match(sentence.text) and not (pasted and _HANDLES_PASTED.match(sentence.text))
    )


def own_stretches(message: str) -> tuple[tuple[int, int], ...]:
    """Where `own_requests` that do more than quote stand in `message`, in order: (start, end), in characters."""
    found, at = [], 0
    for sentence in own_requests(message):
        start = message.find(sentence.raw, at)
        if start >= 0:  # characters for private use, which stand for quotations here, are read as blanks
            at = start + len(sentence.raw)
            if not sentence.quotes or _SAYS_ANYTHING.search(sentence.outside):
                found.append((start, at))
    return tuple(found)


def quotations_in(sentence: str) -> list[tuple[int, int]]:
    """Where quotations stand in a sentence, with their marks."""
    return [match.span() for match in _QUOTATION.finditer(sentence)]


def _holds_pasted(message: str) -> bool:
    own = [line for block in _own_blocks(message) for line in block]
    return own != [line for line in message.split("\n") if line.strip()]


def _without_pasted(line: str) -> str:
    """The line up to the colon behind which somebody else's text stands: "proofread this: ..."."""
    match = _PASTED.search(line[: 2 * LONGEST_SENTENCE])
    return line[: match.end()] if match else line


def _restore(text: str, quotations: tuple[str, ...]) -> str:
    return _PLACEHOLDERS.sub(lambda match: quotations[ord(match.group()) - _PRIVATE_USE], text)


def _own_blocks(message: str) -> list[list[str]]:
    """Blocks of prose lines; after a line that announces a document only the message's last block is the author's."""
    blocks = [_without_rows(block) for block in _blocks(_without_docstrings(message))]
    for index, block in enumerate(blocks):
        position = next((at for at, line in enumerate(block) if _announces_document(line)), None)
        if position is None:
            continue
        same_block, later = block[position + 1 :], blocks[index + 1 :]
        closing = later[-1:] if len(later) > 1 or (same_block and later) else []
        return [*blocks[:index], block[: position + 1], *closing]
    return blocks


def _announces_document(line: str) -> bool:
    line = line.rstrip()
    if len(line) > LONGEST_SENTENCE or _OWN_WISHES.search(line):
        return False
    return bool((line.endswith(":") and _DOCUMENT.search(line)) or _FOLLOWS.search(line))


def _blocks(message: str) -> Iterator[list[str]]:
    """Runs of prose lines, cut at blank lines; fenced code counts as a block of no lines."""
    block: list[str] = []
    fenced = another_speaks = False
    for line in _without_elements(message.split("\n")):
        if _FENCE.match(line):
            if not fenced:
                yield block
                yield []
                block = []
            fenced = not fenced
        elif fenced:
            continue
        elif not line.strip():
            if block:
                yield block
            block, another_speaks = [], False
        elif another_speaks or _ROLE.search(line):
            another_speaks = True
        elif not _is_material(line):
            block.append(line)
    yield block


def _without_elements(lines: list[str]) -> Iterator[str]:
    """The lines without those from an opening tag to the one that closes it; a tag that nothing closes opens none.

    Tags in fenced code are part of that code.
    """
    fences = list(accumulate(bool(_FENCE.match(line)) for line in lines))
    tags = [[] if fences[number] % 2 else list(_TAG.finditer(line)) for number, line in enumerate(lines)]
    last_close = {tag[2]: number for number, found in enumerate(tags) for tag in found if tag[1]}
    name, depth = "", 0
    for number, (line, found) in enumerate(zip(lines, tags, strict=True)):
        opening = None if depth else _ELEMENT.match(line)
        if opening and found and last_close.get(opening[1], -1) > number:
            name = opening[1]
        elif not depth:
            yield line
            continue
        depth += sum(-1 if tag[1] else 1 for tag in found if tag[2] == name)
        if depth < 0 or number == last_close[name]:
            depth = 0


def _without_rows(block: list[str]) -> list[str]:
    """The lines without tables: two or more in a row with the same cells, that something other than spaces parts."""
    shapes = [None, *map(_cells, block), None]
    return [
        line
        for line, before, shape, after in zip(block, shapes, shapes[1:], shapes[2:], strict=False)
        if shape is None or shape not in (before, after)
    ]


def _cells(line: str) -> tuple[int, int] | None:
    """The delimiter that parts most cells, and how many times it does; None without any."""
    head = _QUOTATION.sub("", line[: 2 * LONGEST_SENTENCE])
    count, which = max((len(delimiter.findall(head)), which) for which, delimiter in enumerate(_DELIMITERS))
    return (which, count) if count else None


def _is_material(line: str) -> bool:
    head = line[: 2 * LONGEST_SENTENCE]
    return any(pattern.match(head) for pattern in (_BLOCK_QUOTE, _CODE_LINE, _CODE_OPENING, _MARKUP))


def _without_docstrings(message: str) -> str:
    """Triple-quoted text is a docstring, or a document marked as such: left out."""
    for marker in ('"""', "'''"):
        parts = message.split(marker)
        message = "\n".join(parts[::2])
    return message
