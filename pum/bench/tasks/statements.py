"""Finds out which facts a text states: phrases in its sentences, their subjects, and whether they are denied.

A pattern is "a | b & c": phrase a, or phrases b and c in one sentence. "densit*" is any word with this beginning;
"not ... caus*" allows up to five words between.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pum.bench.markdown import Block, Document, Table, parse, split_sentences

Subjects = tuple[tuple[str, str], ...]  # (name, pattern without &)
BOTH = "both"
SENTENCE = r"(?s).{1,1000}(?!\S)|.{1,1000}"  # a longer one is read in parts, since reading takes its length squared
_DENIAL_REACHES = 7  # words, within a clause
_STAR = "\N{ASTERISK OPERATOR}"  # stands for * while markup is removed
_CLAUSE_END = re.compile(r"[.;:!?,()](?!\d)|\b(?:but|while|whereas|although|though|however|yet|and)\b")
_DENIAL = re.compile(
    r"\b(?:not(?! only\b)|non|never|no(?! matter\b)|neither|nor|without|hardly|rather than|instead of|unlike"
    r"|myth|misconception|false|incorrect|wrong)\b"
)
_RETRACTION = re.compile(
    r"\b(?:is|are|was|would be) (?:wrong|false|incorrect|untrue|an? (?:common |popular )?(?:myth|misconception|mistake)"
    r"|not (?:true|correct|right|the case))\b"
)
_OTHER = re.compile(
    r"\b(?:unlike|than|versus|vs\.?|instead of|rather than|as opposed to|in contrast (?:to|with)|compared (?:to|with)"
    r"|contrary to|differs? from|different from)(?: (?:an?|the))?\s*$"
)
_YES, _NO = frozenset({"yes", "✓", "✔", "✅", "true"}), frozenset({"no", "✗", "✘", "❌", "false", "none"})


@dataclass(frozen=True)
class PlainSentence:
    """A sentence in plain form. `heir`: the subject of the sentences before it, if any, which a pronoun refers to."""

    text: str
    heir: str | None


def states_facts(entry: Mapping[str, Any], reply: str) -> bool:
    """The grader: True when the reply states every fact, and nothing that is wrong."""
    subjects = tuple((name, pattern) for name, pattern in entry.get("subjects", ()))
    said = sentences(reply, subjects)
    if not subjects:
        return all(is_stated(said, fact) for fact in entry["facts"]) and not any(
            is_stated(said, error) for error in entry["wrong"]
        )
    (first, _), (second, _) = subjects
    return all(
        _tells_apart(said, fact, own, other, subjects)
        for fact, own, other in zip(entry["facts"], (first, second), (second, first), strict=True)
    )


def _tells_apart(said: list[PlainSentence], fact: str, own: str, other: str, subjects: Subjects) -> bool:
    """True when a phrasing of the fact is stated about its own subject only, and the first one not about the other."""
    phrasings = fact.split("|")
    return not is_stated(said, phrasings[0], other, subjects) and any(
        is_stated(said, phrasing, own, subjects) and not is_stated(said, phrasing, other, subjects)
        for phrasing in phrasings
    )


def is_stated(said: Iterable[PlainSentence], pattern: str, about: str | None = None, subjects: Subjects = ()) -> bool:
    """True when a sentence affirms the pattern, about the subject `about` if one is given."""
    return any(
        all(_affirmed(sentence, phrase, about, subjects) for phrase in alternative)
        for sentence in said
        for alternative in _alternatives(pattern)
    )


def plain(text: str) -> str:
    """The text in lower case, without markup, contractions, hyphens and thousands separators."""
    text = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\N{MINUS SIGN}", "-")
    text = re.sub(r"[*_`$\\]|(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?<=\w)[-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}](?=\w)", " ", text)
    return " ".join(re.sub(r"n't\b", " not", text.replace("can't", "cannot").replace("cannot", "can not")).split())


def sentences(text: str, subjects: Subjects = ()) -> list[PlainSentence]:
    """All sentences of a markdown text without its code, in order; each cell of a table gives one."""
    found: list[PlainSentence] = []
    heir: str | None = None
    raw = _raw_sentences(parse(text), subjects)
    for sentence in (part for whole in raw for part in re.findall(SENTENCE, whole)):
        found.append(PlainSentence(sentence, heir))
        if named := [name for _, name in _mentions(sentence, subjects) if name != BOTH]:
            heir = named[-1]
    return found


def _raw_sentences(document: Document, subjects: Subjects) -> Iterator[str]:
    tables = {table.block: table for table in document.tables}
    for number, block in enumerate(document.blocks):
        if number in tables:
            yield from (plain(cell) for cell in _cells(tables[number], subjects))
        elif block.kind not in ("code", "table"):
            yield from (plain(text) for text in _lines(block))


def _lines(block: Block) -> Iterator[str]:
    for line in block.text.split("\n") if block.kind != "paragraph" else [block.text]:
        yield from split_sentences(line)


def _cells(table: Table, subjects: Subjects) -> Iterator[str]:
    """Each cell as "subject: statement", whether the subjects are the column headers or the row headers."""
    for row in table.rows:
        for header, cell in list(zip(table.header, row, strict=False))[1:]:
            about, property_ = (header, row[0]) if _mentions(plain(header), subjects) else (row[0], header)
            word = cell.strip().lower()
            said = property_ if word in _YES else f"not {property_}" if word in _NO else f"{property_} {cell}"
            yield f"{about}: {said}"


@lru_cache(maxsize=4096)
def _mentions(text: str, subjects: Subjects) -> tuple[tuple[int, str], ...]:
    """(position, name) of every subject that the sentence is about, without those that it only compares with."""
    patterns = [(name, phrase) for name, pattern in subjects for (phrase,) in _alternatives(pattern)]
    if subjects:
        patterns.append((BOTH, re.compile(r"\bboth\b(?! ways| directions)")))
    return tuple(
        sorted(
            (found.start(), name)
            for name, phrase in patterns
            for found in phrase.finditer(text)
            if not _OTHER.search(text[: found.start()])
        )
    )


def _affirmed(sentence: PlainSentence, phrase: re.Pattern[str], about: str | None, subjects: Subjects) -> bool:
    return any(
        not _is_denied(sentence.text, found)
        and (about is None or _governor(sentence, found.start(), subjects) in (about, BOTH))
        for found in phrase.finditer(sentence.text)
    )


def _is_denied(text: str, found: re.Match[str]) -> bool:
    """True when a word of denial precedes it in its clause, or the sentence then calls it wrong."""
    before = text[: found.start()]
    ends = [end.end() for end in _CLAUSE_END.finditer(before) if end.group() != "and" or "neither" not in before]
    near = " ".join(before[max(ends, default=0) :].split()[-_DENIAL_REACHES:])
    return bool(_DENIAL.search(near) or _RETRACTION.search(text[found.end() :]))


def _governor(sentence: PlainSentence, place: int, subjects: Subjects) -> str | None:
    """The subject at `place`: the last one named before it, else the next one in its clause, else the heir."""
    mentions = _mentions(sentence.text, subjects)
    before = [name for start, name in mentions if start <= place]
    if before:
        return before[-1]
    end = _CLAUSE_END.search(sentence.text, place)
    after = [name for start, name in mentions if start < (end.start() if end else len(sentence.text))]
    return after[0] if after else sentence.heir


@lru_cache(maxsize=4096)
def _alternatives(pattern: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    return tuple(tuple(_phrase(phrase) for phrase in alternative.split("&")) for alternative in pattern.split("|"))


def _phrase(phrase: str) -> re.Pattern[str]:
    pattern, link = "", ""
    for word in plain(phrase.replace("*", _STAR)).split():
        if word == "...":
            link = r"(?:\W+\w+){0,5}?\W+"
            continue
        stem = re.escape(word.removesuffix(_STAR))
        pattern += link + stem + (r"\w*" if word.endswith(_STAR) else "")
        link = r"\s+"
    return re.compile(rf"(?<!\w)(?<!\d[.,]){pattern}(?!\w|[.,]\d)")
