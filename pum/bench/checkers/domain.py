"""Domains (ds_): machine learning, design, APIs, concepts, data structures, documentation."""

import itertools
import re

from pum.bench.checkers.cues import (
    COMPONENTS,
    DEFINITION,
    DEFINITION_LABEL,
    EDGE_CASES,
    EXAMPLE,
    FORMULA,
    INTERACTIONS,
    INTUITION,
    MARKETING,
    PARAMETERS,
    PICTURE,
    TIME_IN_WORDS,
)
from pum.bench.checkers.reading import Place, first_label, first_place, in_order, section
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Block, Document
from pum.bench.types import Situation

_CONCISE_WORDS = 120
_BIG_O = re.compile(r"(?<!\w)(?:\\mathcal\{)?[OΘΩ]\}?\s*(?:\\left)?\(((?:[^()\n]|\([^()\n]*\)){1,40})\)")
_GROWTH = re.compile(r"[\w\s+*^·\\{}()!√/.,|²³-]+")
_CODE_NAME = re.compile(r"\s*\**`[\w.*= ]+`")


@checker("formula_with_intuition")
def formula_with_intuition(document: Document, situation: Situation) -> Judgement:
    """Both a formula and what it means."""
    formula = first_place(document, FORMULA) or any(fence.language in ("math", "latex") for fence in document.fences)
    return bool(formula) and bool(first_place(document, INTUITION) or first_place(document, PICTURE))


@checker("components_then_interactions")
def components_then_interactions(document: Document, situation: Situation) -> Judgement:
    """An inventory of components, then how they work together."""
    inventory = _inventory(document)
    if inventory is None:
        return False
    start, end = inventory
    early = first_label(document, INTERACTIONS)
    if early is not None and early[0] <= start:
        return False
    return any(block.kind != "code" and INTERACTIONS.search(block.text) for block in document.blocks[end:])


def _inventory(document: Document) -> tuple[int, int] | None:
    """Where the list, table or run of sub-headings that names the components begins, and the block after it."""
    for entry in document.lists:
        items = [n for n, block in enumerate(document.blocks) if n >= entry.block and _is_item(block, entry.depth)]
        items = items[: len(entry.items)]
        named = sum(bool(document.blocks[n].label) for n in items) >= 2
        before = document.blocks[: entry.block]
        introduced = any(block.kind != "code" and COMPONENTS.search(block.text) for block in before)
        if len(items) >= 2 and (named or introduced):
            return items[0], items[-1] + 1
    for table in document.tables:
        if COMPONENTS.search(" ".join(table.header)):
            return table.block, table.block + 1
    headings = [(n, block) for n, block in enumerate(document.blocks) if block.kind == "heading"]
    for place, (start, heading) in enumerate(headings):
        below = headings[place + 1 :]
        deeper = list(itertools.takewhile(lambda entry, level=heading.level: entry[1].level > level, below))
        if COMPONENTS.search(heading.text) and len(deeper) >= 2:
            return start, deeper[-1][0] + 1
    return None


def _is_item(block: Block, depth: int) -> bool:
    return block.kind == "item" and block.level == depth


@checker("example_before_parameters")
def example_before_parameters(document: Document, situation: Situation) -> Judgement:
    """The first code stands before the first account of parameters."""
    if not document.fences:
        return None
    parameters = _first_parameters(document)
    return parameters is None or (document.fences[0].block, 0) < parameters


def _first_parameters(document: Document) -> Place | None:
    """A label that says so, or a list or table of names in code font."""
    places = [first_label(document, PARAMETERS)]
    places += [
        (entry.block, 0) for entry in document.lists if sum(bool(_CODE_NAME.match(item)) for item in entry.items) >= 1
    ]
    places += [(table.block, 0) for table in document.tables if PARAMETERS.search(" ".join(table.header))]
    return min((place for place in places if place is not None), default=None)


@checker("definition_example_edge_cases")
def definition_example_edge_cases(document: Document, situation: Situation) -> Judgement:
    """A definition, then an example, then edge cases."""
    definition = first_label(document, DEFINITION_LABEL) or first_place(document, DEFINITION)
    return in_order(definition, section(document, EXAMPLE), section(document, EDGE_CASES))


@checker("time_complexity")
def time_complexity(document: Document, situation: Situation) -> Judgement:
    """An O(...) term whose argument is a growth rate, or the growth in words, outside code."""
    for block in document.blocks:
        if block.kind == "code":
            continue
        if TIME_IN_WORDS.search(block.text) or any(_GROWTH.fullmatch(term) for term in _BIG_O.findall(block.text)):
            return True
    return False


@checker("concise_docs")
def concise_docs(document: Document, situation: Situation) -> Judgement:
    """At most 120 words of prose, usage as code, no marketing."""
    praised = any(MARKETING.search(block.text) for block in document.blocks if block.kind != "code")
    return document.word_count <= _CONCISE_WORDS and bool(document.fences) and not praised
