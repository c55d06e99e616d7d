"""Domains (ds_): machine learning, design, APIs, concepts, data structures, documentation."""

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
from pum.bench.markdown import Document
from pum.bench.world import Situation

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
    """A list (or table) of components, then how they work together."""
    starts = [entry.block for entry in document.lists if len(entry.items) >= 2] + [
        table.block for table in document.tables
    ]
    components = section(document, COMPONENTS)
    if not starts or components is None:
        return False
    inventory = min(starts)
    while inventory + 1 < len(document.blocks) and document.blocks[inventory + 1].kind == "item":
        if document.blocks[inventory + 1].level == 0 and INTERACTIONS.search(document.blocks[inventory + 1].label):
            break
        inventory += 1
    early = first_label(document, INTERACTIONS)
    if early is not None and early[0] <= min(starts):
        return False
    after = document.blocks[inventory + 1 :]
    return components[0] <= inventory and any(
        block.kind != "code" and INTERACTIONS.search(block.text) for block in after
    )


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
