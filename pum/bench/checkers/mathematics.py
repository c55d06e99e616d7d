"""Mathematics (ms_): operations, rules, pictures, proofs, practice."""

from pum.bench.checkers.cues import CLAIM, EXERCISE, FORMULA, OPERATION, PICTURE, PROOF, RECAP, RULE, SKETCH, TASK_WORD
from pum.bench.checkers.reading import first_label, first_place, section, steps
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.types import Situation

_NAMED_SHARE = 0.5


@checker("names_operations")
def names_operations(document: Document, situation: Situation) -> Judgement:
    """At least half of the steps name their operation; where there are no steps, the prose names two operations."""
    numbered = steps(document)
    if len(numbered) >= 2:
        return sum(bool(OPERATION.search(step)) for step in numbered) >= _NAMED_SHARE * len(numbered)
    prose = " ".join(block.text for block in document.blocks if block.kind != "code")
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
