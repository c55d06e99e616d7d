"""How everything looks: one name, one place and one colour-blind-safe colour per method (Okabe and Ito).

Methods of the studies of learners are too many for that: they have the colour and the marker of their kind.
"""

LABELS = {
    "vanilla": "Vanilla",
    "contextual": "Contextual",
    "reflection": "Reflection",
    "all_memory": "All memory",
    "rag": "RAG",
    "rag_vector": "RAG + vector",
    "oracle": "Oracle",
    "paper_vector": "REINFORCE, published rates",
    "tuned_vector": "REINFORCE, chosen rates",
    "thompson": "Bayesian linear, Thompson",
    "linucb": "Bayesian linear, LinUCB",
    "contextual_vector": "Bayesian linear, by request",
    "card_bandit": "Bandit per card, by request",
    "neighbours": "Asked for at like requests",
    "random_notes": "Random cards",
    "frozen_vector": "Best, never learning (is RAG)",
    "swapped_vector": "Best, another user's",
    "shuffled_reward": "Best, reactions shuffled",
    "oracle_reward": "REINFORCE, true reward",
    "oracle_wishes": "Best, told every wish",
    "oracle_request": "Best, told what requests are",
    "oracle_choice": "Perfect choice among cards",
    "rag_in_context": "RAG, query in context",
    "vector_in_context": "Best, query in context",
    "wide_rag": "RAG, J = 6",
    "wide_vector": "Best, J = 6",
}
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
    "oracle": (COLOURS["oracle"], "D", "Told a truth"),
    "reference": (COLOURS["rag"], "^", "Nothing learned"),
}
"""Kind -> colour, marker, name."""
_KIND_OF = {
    **dict.fromkeys(("random_notes", "frozen_vector", "swapped_vector", "shuffled_reward"), "control"),
    **dict.fromkeys(("oracle", "oracle_reward", "oracle_wishes", "oracle_request", "oracle_choice"), "oracle"),
    **dict.fromkeys(
        ("vanilla", "contextual", "reflection", "all_memory", "rag", "rag_in_context", "wide_rag"), "reference"
    ),
}
# For what is no method: colours that no method and no kind has.
OTHERS = ("#882255", "#332288", "#777711", "#222222")
METHOD_ORDER = tuple(LABELS)

OUTCOMES = {
    "enforcements": "Enforcements per session",
    "success": "Success",
    "timeout": "Timeout",
    "user_tokens": "User tokens per session",
    "agent_tokens": "Agent tokens per session",
}
# Measures of efficiency; a quick session is solved within so many turns.
QUICK_TURNS = 4
MEASURES = {
    "success_per_1k_user_tokens": "Successes per 1,000 user tokens",
    "late_success": "Success, second half of the sessions (%)",
    "quick_resolution": f"Solved within {QUICK_TURNS} turns (%)",
    "zero_enforcement_success": "Success of sessions without enforcement (%)",
    "first_turn_enforced": "First reply enforced (%)",
    "profiles_improved": "Users with more successes than under Vanilla (%)",
    "per_turn_enforcement": "Enforcements per turn",
}
# Those of which more is better.
HIGHER_IS_BETTER = frozenset({"success"})


def ordered(methods: set[str] | list[str]) -> list[str]:
    """Known methods in their usual order, then others by name."""
    return [m for m in METHOD_ORDER if m in methods] + sorted(set(methods) - set(METHOD_ORDER))


def label(method: str) -> str:
    return LABELS.get(method, method.replace("_", " "))


def kind(method: str) -> str:
    """Which of `KINDS` it is; what is not named otherwise learns."""
    return _KIND_OF.get(method, "learner")


def colour(method: str) -> str:
    """Its own, or that of its kind; black for a method that is not known here."""
    if method not in LABELS:
        return "#000000"
    return COLOURS.get(method, KINDS[kind(method)][0])
