"""Display names of methods and outcomes, and colours of methods, for tables, figures and the report.

`METHODS` gives display names and kinds. A method that is not listed needs no edit here: its label and its colour follow
from its name, and it comes after the others.
"""

import colorsys
import zlib
from collections.abc import Iterable

# Name in params.yaml -> display name, kind.
METHODS = {
    "vanilla": ("Vanilla", "reference"),
    "contextual": ("Contextual", "reference"),
    "reflection": ("Reflection", "reference"),
    "all_memory": ("All memory", "reference"),
    "rag": ("RAG", "reference"),
    "rag_vector": ("RAG + vector", "learner"),
    "oracle": ("Oracle", "oracle"),
    "paper_vector": ("RAG + vector, published rates", "learner"),
    "tuned_vector": ("RAG + vector, chosen rates", "learner"),
    "thompson": ("Bayesian linear, Thompson", "learner"),
    "linucb": ("Bayesian linear, LinUCB", "learner"),
    "contextual_vector": ("Bayesian linear, by request", "learner"),
    "card_bandit": ("Bandit per card, by request", "learner"),
    "neighbours": ("Nearest past requests", "learner"),
    "random_notes": ("Random cards", "control"),
    "frozen_vector": ("Best, frozen (equals RAG)", "control"),
    "swapped_vector": ("Best, another user's state", "control"),
    "shuffled_reward": ("Best, shuffled rewards", "control"),
    "oracle_reward": ("RAG + vector, true reward", "oracle"),
    "oracle_preferences": ("Best, true preferences", "oracle"),
    "oracle_request": ("Best, true requests", "oracle"),
    "oracle_choice": ("Perfect choice among cards", "oracle"),
    "rag_in_context": ("RAG, query in context", "reference"),
    "vector_in_context": ("Best, query in context", "learner"),
    "wide_rag": ("RAG, J = 6", "reference"),
    "wide_vector": ("Best, J = 6", "learner"),
    "rag_best_of": ("RAG, best of several drafts", "reference"),
}
# Colour-blind-safe (Okabe and Ito).
COLOURS = {
    "vanilla": "#7f7f7f",
    "contextual": "#e69f00",
    "reflection": "#56b4e9",
    "all_memory": "#cc79a7",
    "rag": "#0072b2",
    "rag_vector": "#d55e00",
    "oracle": "#009e73",
}
KINDS = {
    "learner": ("#6f4fa3", "o", "Learner"),
    "control": ("#a6761d", "s", "Control"),
    "oracle": (COLOURS["oracle"], "D", "Given oracle information"),
    "reference": (COLOURS["rag"], "^", "No learning"),
}
"""Kind -> colour, marker, name. The learner study has more methods than colours, so its figures show kinds."""
# Colours that no listed method and no kind has, for other things.
OTHERS = ("#882255", "#332288", "#777711", "#222222")

OUTCOMES = {
    "enforcements": "Enforcements per session",
    "success": "Success",
    "timeout": "Timeout",
    "user_tokens": "User tokens per session",
    "agent_tokens": "Agent tokens per session",
}
HIGHER_IS_BETTER = frozenset({"success"})
QUICK_TURNS = 4
"""A session solved within this many turns is solved quickly."""
MEASURES = {
    "success_per_1k_user_tokens": "Successes per 1,000 user tokens",
    "late_success": "Success, second half of the sessions (%)",
    "quick_resolution": f"Solved within {QUICK_TURNS} turns (%)",
    "zero_enforcement_success": "Success of sessions without enforcement (%)",
    "first_turn_enforced": "First reply enforced (%)",
    "profiles_improved": "Users with more successes than under Vanilla (%)",
    "per_turn_enforcement": "Enforcements per turn",
}
"""Measures of efficiency."""


def ordered(methods: Iterable[str]) -> list[str]:
    """Listed methods in the order of `METHODS`, then others by name."""
    there = set(methods)
    return [method for method in METHODS if method in there] + sorted(there - set(METHODS))


def label(method: str) -> str:
    """The display name; for a method that is not listed, its name in plain words."""
    return METHODS[method][0] if method in METHODS else method[:1].upper() + method[1:].replace("_", " ")


def kind(method: str) -> str:
    """The method's kind (see `KINDS`); a method that is not listed counts as a learner."""
    return METHODS[method][1] if method in METHODS else "learner"


def colour(method: str) -> str:
    """The method's colour, or that of its kind; for a method that is not listed, one derived from its name."""
    if method in METHODS:
        return COLOURS.get(method, KINDS[kind(method)][0])
    digest = zlib.crc32(method.encode())
    red, green, blue = colorsys.hls_to_rgb(digest % 997 / 997, 0.3 + 0.05 * (digest % 5), 0.6)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
