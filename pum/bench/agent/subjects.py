"""Which words go with a task."""

import re
from functools import lru_cache

from pum.bench.agent.content import Content
from pum.bench.agent.facts_wording import COMPARISON, EXPLANATION
from pum.bench.agent.mathematics_wording import ALGEBRA, ARITHMETIC, CALCULUS, GENERAL, STATISTICS
from pum.bench.agent.structures_wording import CODE, GRAPHS, LOGIC, SORTING
from pum.bench.agent.subject import Subject

_PRODUCT = re.compile(r"\bx\b[^-+]*\*\s*(?:exp|sin|cos|log)\(|(?:exp|sin|cos)\([^)]*\)\s*\*\s*x|\blog\(", re.IGNORECASE)
_COMPOSED = re.compile(r"(?:sqrt|exp|sin|cos|tan)\(|\)\s*\*\*", re.IGNORECASE)

_BY_TOPIC = {
    "algebra": ALGEBRA,
    "arithmetic": ARITHMETIC,
    "calculus": CALCULUS,
    "statistics": STATISTICS,
    "logic": LOGIC,
    "code": CODE,
    "explanation": EXPLANATION,
    "comparison": COMPARISON,
}


def subject_of(content: Content) -> Subject:
    """By topic; for data structures by what the statement asks. Unknown topics are treated as a general problem."""
    if content.topic == "data_structures":
        return SORTING if "sort" in content.statement.lower() else GRAPHS
    return _BY_TOPIC.get(content.topic, GENERAL)


@lru_cache(maxsize=4096)
def rule_for(statement: str) -> str:
    """The rule of calculus that the integrand calls for, by its form."""
    if _PRODUCT.search(statement):
        return "integration by parts"
    return "the substitution rule" if _COMPOSED.search(statement) else "the power rule"
