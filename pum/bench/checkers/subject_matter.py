"""Domains (ds_) and mathematics (ms_): designs, concepts, documentation; operations, rules, proofs, practice."""

import itertools
import re

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.cue_words import (
    CLAIM,
    COMPONENTS,
    DEFINITION,
    DEFINITION_LABEL,
    EDGE_CASES,
    EXAMPLE,
    EXERCISE,
    FORMULA,
    INTERACTIONS,
    INTUITION,
    MARKETING,
    OPERATION,
    PARAMETERS,
    PICTURE,
    PROOF,
    RECAP,
    RULE,
    SKETCH,
    TASK_WORD,
    TIME_IN_WORDS,
)
from pum.bench.checkers.passages import Place, first_label, first_place, in_order, section, steps
from pum.bench.markdown import Block, Document
from pum.bench.types import Situation

_CONCISE_WORDS = 120
_BIG_O = re.compile(r"(?<!\w)(?:\\mathcal\{)?[OΘΩ]\}?\s*(?:\\left)?\(((?:[^()\n]|\([^()\n]*\)){1,40})\)")
_GROWTH = re.compile(r"[\w\s+*^·\\{}()!√/.,|²³-]+")
_CODE_NAME = re.compile(r"\s*\**`[\w.*= ]+`")
_NAMED_SHARE = 0.5


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
    return any(
        TIME_IN_WORDS.search(block.text) or any(_GROWTH.fullmatch(term) for term in _BIG_O.findall(block.text))
        for block in document.prose
    )


@checker("concise_docs")
def concise_docs(document: Document, situation: Situation) -> Judgement:
    """At most 120 words of prose, usage as code, no marketing."""
    praised = any(MARKETING.search(block.text) for block in document.prose)
    return document.word_count <= _CONCISE_WORDS and bool(document.fences) and not praised


@checker("names_operations")
def names_operations(document: Document, situation: Situation) -> Judgement:
    """At least half of the steps name their operation; where there are no steps, the prose names two operations."""
    numbered = steps(document)
    if len(numbered) >= 2:
        return sum(bool(OPERATION.search(step)) for step in numbered) >= _NAMED_SHARE * len(numbered)
    prose = " ".join(block.text for block in document.prose)
    return len({found.group().lower()[:5] for found in OPERATION.finditer(prose)}) >= 2


@checker("real_world_first")
def real_world_first(document: Document, situation: Situation) -> Judgement:
    """An everyday picture stands before the first formula or computation."""
    picture, formula = first_place(document, PICTURE), first_place(document, FORMULA)
    return picture is not None and (formula is None or picture < formula)


@checker("names_rule")
def names_rule(document: Document, situation: Situation) -> Judgement:
    """The rule of calculus that is used is called by its name."""
    return first_place(document, RULE) is not None


@checker("proof_structure")
def proof_structure(document: Document, situation: Situation) -> Judgement:
    """Claim, sketch, proof, recap: four parts in this order."""
    parts = section(document, CLAIM), section(document, SKETCH), first_label(document, PROOF), section(document, RECAP)
    return None not in parts and all(a < b for a, b in zip(parts, parts[1:], strict=False))


@checker("similar_exercise")
def similar_exercise(document: Document, situation: Situation) -> Judgement:
    """Something like the task is set for practice, after the answer to it."""
    for index, block in enumerate(document.blocks):
        if index and block.kind != "code" and EXERCISE.search(block.text):
            rest = [follower.text for follower in document.blocks[index:] if follower.kind != "code"]
            if any(TASK_WORD.search(text) for text in rest):
                return True
    return False
