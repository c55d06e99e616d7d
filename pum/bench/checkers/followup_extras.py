"""What a reply to a follow-up request may bring along beside its answer: pitfalls, limits, a second check."""

import ast
import re

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.code_style import nodes
from pum.bench.checkers.passages import first_label, mentions
from pum.bench.markdown import Document, split_sentences
from pum.bench.types import Situation

_SEVERITIES = ("critical", "high", "major", "medium", "moderate", "minor", "low", "nit")
_RANKS = {"critical": 0, "high": 1, "major": 1, "medium": 2, "moderate": 2, "minor": 3, "low": 3, "nit": 4}
_SEVERITY = re.compile(rf"\W*(?:severity\W+)?({'|'.join(_SEVERITIES)})\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|old|original)\b", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|new|improved|refactored)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\W*(?:select|from|where|group by|order by|having|limit|join|on)\b", re.IGNORECASE)
_PITFALL = re.compile(r"\b(?:pitfalls?|gotchas?|common mistakes?|watch out)\b", re.IGNORECASE)
_LIMITS = re.compile(r"\b(?:limits|limitations?|caveats?|shortcomings?|where it fails)\b", re.IGNORECASE)
_MEMORY = re.compile(r"\b(?:memory|space)\b", re.IGNORECASE)
_GROWTH = re.compile(
    r"\b(?:O\(|proportional|linear|constant|quadratic|grows?|extra|per (?:entry|element|item))", re.IGNORECASE
)
_BOTTLENECK = re.compile(r"\b(?:bottlenecks?|single points? of failure|saturates? first)\b", re.IGNORECASE)
_CONTRAST = re.compile(
    r"\b(?:unlike|in contrast to|as opposed to|not to be confused with|differs? from|whereas)\b", re.IGNORECASE
)
_VERSION = re.compile(
    r"\b(?:requires?|needs?|works? (?:with|on)|tested (?:with|on)|supports?|since|from)\b[^.\n]*?"
    r"\b(?:python|version)\W*\d+(?:\.\d+)*",
    re.IGNORECASE,
)
_QED = re.compile(r"(?:\bq\.?e\.?d\b\.?|∎|□|■|\\(?:blacksquare|square|qed)\b)\W*$", re.IGNORECASE)
_SECOND_WAY = re.compile(
    r"\b(?:second (?:check|method|way)|another (?:check|method|way)|independent(?:ly)?|plug(?:ging)? (?:it|that|the)\b"
    r"[^.\n]*\bback)\b",
    re.IGNORECASE,
)


@checker("severity_labels")
def severity_labels(document: Document, situation: Situation) -> Judgement:
    """A list of findings, each led by its severity, the worst first."""
    for entry in document.lists:
        found = [_SEVERITY.match(item) for item in entry.items]
        if len(found) >= 2 and all(found):
            ranks = [_RANKS[label[1].lower()] for label in found]
            return ranks == sorted(ranks)
    return False


@checker("before_and_after")
def before_and_after(document: Document, situation: Situation) -> Judgement:
    """The code as it was, labelled so, then the code as it is now."""
    before, after = first_label(document, _BEFORE), first_label(document, _AFTER)
    if before is None or after is None or before >= after:
        return False
    places = [fence.block for fence in document.fences]
    return any(before[0] < place < after[0] for place in places) and any(after[0] < place for place in places)


@checker("regression_test")
def regression_test(document: Document, situation: Situation) -> Judgement:
    """An assertion, in parsed Python, that would have caught it."""
    return any(isinstance(node, ast.Assert) for node in nodes(document))


@checker("explains_clauses")
def explains_clauses(document: Document, situation: Situation) -> Judgement:
    """A list of at least two items that each begin with a clause of the query."""
    return any(sum(bool(_CLAUSE.match(item)) for item in entry.items) >= 2 for entry in document.lists)


@checker("memory_cost")
def memory_cost(document: Document, situation: Situation) -> Judgement:
    """A sentence outside code that says how much memory it takes."""
    sentences = (text for block in document.prose for text in split_sentences(block.text))
    return any(_MEMORY.search(sentence) and _GROWTH.search(sentence) for sentence in sentences)


@checker("ends_with_qed")
def ends_with_qed(document: Document, situation: Situation) -> Judgement:
    """The last block ends with an end-of-proof mark."""
    return bool(document.blocks) and bool(_QED.search(document.blocks[-1].plain))


checker("names_pitfall")(mentions(_PITFALL))
checker("states_limits")(mentions(_LIMITS))
checker("names_bottleneck")(mentions(_BOTTLENECK))
checker("contrasts_concept")(mentions(_CONTRAST))
checker("version_note")(mentions(_VERSION))
checker("second_check")(mentions(_SECOND_WAY))
