"""Domains (ds_) and mathematics (ms_): designs, concepts, documentation, operations, rules, proofs, practice.

The second half checks what a reply to a follow-up may add to its answer: pitfalls, limits, a second check.
"""

import ast
import itertools
import re

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.code_style import nodes
from pum.bench.checkers.cue_words import CUES, FORMULA
from pum.bench.checkers.passages import Place, endings, first_label, first_place, in_order, mentions, section, steps
from pum.bench.markdown import Block, Document, split_sentences
from pum.bench.types import Situation

_CONCISE_WORDS = 120
_BIG_O = re.compile(r"(?<!\w)(?:\\mathcal\{)?[OΘΩ]\}?\s*(?:\\left)?\(((?:[^()\n]|\([^()\n]*\)){1,40})\)")
_GROWTH = re.compile(r"[\w\s+*^·\\{}()!√/.,|²³-]+")
_CODE_NAME = re.compile(r"\s*\**`[\w.*= ]+`")
_NAMED_SHARE = 0.5
_RANKS = {"critical": 0, "high": 1, "major": 1, "medium": 2, "moderate": 2, "minor": 3, "low": 3, "nit": 4}
_SEVERITY = re.compile(rf"\W*(?:severity\W+)?({'|'.join(_RANKS)})\b", re.IGNORECASE)
# "From step 3, we know" is no clause of a query: its name is in capitals, set off by marks, or a label.
_CLAUSE = re.compile(
    r"\W*(?:SELECT|FROM|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|JOIN|ON)\b"
    r"|(?=\W*[`*]|[\w ]{2,12}:)\W*(?i:select|from|where|group by|order by|having|limit|join|on)\b"
)


@checker("formula_with_intuition")
def formula_with_intuition(document: Document, situation: Situation) -> Judgement:
    """There is a formula and an explanation of its meaning."""
    formula = first_place(document, FORMULA) or any(fence.language in ("math", "latex") for fence in document.fences)
    return bool(formula) and bool(first_place(document, CUES.intuition) or first_place(document, CUES.picture))


@checker("components_then_interactions")
def components_then_interactions(document: Document, situation: Situation) -> Judgement:
    """The reply lists the components, then says how they work together."""
    inventory = _inventory(document)
    if inventory is None:
        return False
    start, end = inventory
    early = first_label(document, CUES.interactions)
    if early is not None and early[0] <= start:
        return False
    return any(block.kind != "code" and CUES.interactions.search(block.text) for block in document.blocks[end:])


def _inventory(document: Document) -> tuple[int, int] | None:
    """The first block of the list, table or sub-headings that name the components, and the block after the last."""
    for entry in document.lists:
        items = [n for n, block in enumerate(document.blocks) if n >= entry.block and _is_item(block, entry.depth)]
        items = items[: len(entry.items)]
        named = sum(bool(document.blocks[n].label) for n in items) >= 2
        before = document.blocks[: entry.block]
        introduced = any(block.kind != "code" and CUES.components.search(block.text) for block in before)
        if len(items) >= 2 and (named or introduced):
            return items[0], items[-1] + 1
    for table in document.tables:
        if CUES.components.search(" ".join(table.header)):
            return table.block, table.block + 1
    headings = [(n, block) for n, block in enumerate(document.blocks) if block.kind == "heading"]
    for place, (start, heading) in enumerate(headings):
        below = headings[place + 1 :]
        deeper = list(itertools.takewhile(lambda entry, level=heading.level: entry[1].level > level, below))
        if CUES.components.search(heading.text) and len(deeper) >= 2:
            return start, deeper[-1][0] + 1
    return None


def _is_item(block: Block, depth: int) -> bool:
    return block.kind == "item" and block.level == depth


@checker("example_before_parameters")
def example_before_parameters(document: Document, situation: Situation) -> Judgement:
    """The first code comes before the first description of parameters."""
    if not document.fences:
        return None
    parameters = _first_parameters(document)
    return parameters is None or (document.fences[0].block, 0) < parameters


def _first_parameters(document: Document) -> Place | None:
    """The first label of parameters, or list or table of names in code font."""
    places = [first_label(document, CUES.parameters)]
    places += [
        (entry.block, 0) for entry in document.lists if sum(bool(_CODE_NAME.match(item)) for item in entry.items) >= 1
    ]
    places += [(table.block, 0) for table in document.tables if CUES.parameters.search(" ".join(table.header))]
    return min((place for place in places if place is not None), default=None)


@checker("definition_example_edge_cases")
def definition_example_edge_cases(document: Document, situation: Situation) -> Judgement:
    """The reply has a definition, then an example, then edge cases."""
    definition = first_label(document, CUES.definition_label) or first_place(document, CUES.definition)
    return in_order(definition, section(document, CUES.example), section(document, CUES.edge_cases))


@checker("time_complexity")
def time_complexity(document: Document, situation: Situation) -> Judgement:
    """Outside code there is an O(...) term whose argument is a growth rate, or the growth in words."""
    return any(
        CUES.time_in_words.search(block.text) or any(_GROWTH.fullmatch(term) for term in _BIG_O.findall(block.text))
        for block in document.prose
    )


@checker("concise_docs")
def concise_docs(document: Document, situation: Situation) -> Judgement:
    """There are at most 120 words of prose, usage as code, and no marketing."""
    praised = any(CUES.marketing.search(block.text) for block in document.prose)
    return document.word_count <= _CONCISE_WORDS and bool(document.fences) and not praised


@checker("names_operations")
def names_operations(document: Document, situation: Situation) -> Judgement:
    """At least half of the steps name their operation; without steps, the prose names two operations."""
    numbered = steps(document)
    if len(numbered) >= 2:
        return sum(bool(CUES.operation.search(step)) for step in numbered) >= _NAMED_SHARE * len(numbered)
    prose = " ".join(block.text for block in document.prose)
    return len({found.group().lower()[:5] for found in CUES.operation.finditer(prose)}) >= 2


@checker("real_world_first")
def real_world_first(document: Document, situation: Situation) -> Judgement:
    """An everyday picture comes before the first formula or computation."""
    picture, formula = first_place(document, CUES.picture), first_place(document, FORMULA)
    return picture is not None and (formula is None or picture < formula)


@checker("names_rule")
def names_rule(document: Document, situation: Situation) -> Judgement:
    """The reply names the rule of calculus that it uses."""
    return first_place(document, CUES.rule) is not None


@checker("proof_structure")
def proof_structure(document: Document, situation: Situation) -> Judgement:
    """There are four parts in this order: claim, sketch, proof, recap."""
    parts = (
        section(document, CUES.claim),
        section(document, CUES.sketch),
        first_label(document, CUES.proof),
        section(document, CUES.recap),
    )
    return None not in parts and all(a < b for a, b in zip(parts, parts[1:], strict=False))


@checker("similar_exercise")
def similar_exercise(document: Document, situation: Situation) -> Judgement:
    """After the answer, or below the words that announce it, the reply sets a similar exercise."""
    for index, block in enumerate(document.blocks):
        announced = index or block.text.rstrip().endswith(":")
        if announced and block.kind != "code" and CUES.exercise.search(block.text):
            rest = [follower.text for follower in document.blocks[index:] if follower.kind != "code"]
            if any(CUES.task_word.search(text) for text in rest):
                return True
    return False


@checker("severity_labels")
def severity_labels(document: Document, situation: Situation) -> Judgement:
    """There is a list of findings, each led by its severity, the worst first."""
    for entry in document.lists:
        found = [_SEVERITY.match(item) for item in entry.items]
        if len(found) >= 2 and all(found):
            ranks = [_RANKS[label[1].lower()] for label in found]
            return ranks == sorted(ranks)
    return False


@checker("before_and_after")
def before_and_after(document: Document, situation: Situation) -> Judgement:
    """There is the old code, labelled, then the new code."""
    before, after = first_label(document, CUES.before), first_label(document, CUES.after)
    if before is None or after is None or before >= after:
        return False
    places = [fence.block for fence in document.fences]
    return any(before[0] < place < after[0] for place in places) and any(after[0] < place for place in places)


@checker("regression_test")
def regression_test(document: Document, situation: Situation) -> Judgement:
    """The Python code contains an assertion."""
    return any(isinstance(node, ast.Assert) for node in nodes(document))


@checker("explains_clauses")
def explains_clauses(document: Document, situation: Situation) -> Judgement:
    """There is a list with at least two items that begin with a clause of the query."""
    return any(sum(bool(_CLAUSE.match(item)) for item in entry.items) >= 2 for entry in document.lists)


@checker("memory_cost")
def memory_cost(document: Document, situation: Situation) -> Judgement:
    """A sentence outside code says how much memory is needed."""
    sentences = (text for block in document.prose for text in split_sentences(block.text))
    return any(CUES.memory.search(sentence) and CUES.memory_growth.search(sentence) for sentence in sentences)


@checker("ends_with_qed")
def ends_with_qed(document: Document, situation: Situation) -> Judgement:
    """The last block ends with an end-of-proof mark."""
    return any(CUES.qed.search(blocks[-1].plain) for blocks in endings(document))


checker("names_pitfall")(mentions(CUES.pitfall))
checker("states_limits")(mentions(CUES.limits))
checker("names_bottleneck")(mentions(CUES.bottleneck))
checker("contrasts_concept")(mentions(CUES.contrast))
checker("version_note")(mentions(CUES.version))
checker("second_check")(mentions(CUES.second_way))
