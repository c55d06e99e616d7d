"""What the offline agent adds to a reply to a follow-up request when it is asked for more than the answer."""

from collections.abc import Callable

from pum.bench.agent.content import Content, Voice


def _severity_labels(voice: Voice) -> str:
    return voice.say(
        "- **High:** empty input is not handled.\n- **Low:** one name says too little.",
        "1. Major: a single element is not tested.\n2. Minor: the loop could end sooner.",
    )


def _before_and_after(voice: Voice) -> str:
    old = "```python\ntotal = 0\nfor item in items:\n    total = total + item\n```"
    return voice.say(
        f"**Before**\n\n{old}\n\n**After**\n\n```python\ntotal = sum(items)\n```",
        f"### Old version\n\n{old}\n\n### New version\n\n```python\ntotal = sum(items)\n```",
    )


def _regression_test(voice: Voice) -> str:
    return voice.say(
        "This test keeps it from coming back:\n\n```python\nassert last_item([1, 2, 3]) == 3\n```",
        "It would have been caught by this:\n\n```python\nassert count_items([7]) == 1\n```",
    )


def _explains_clauses(voice: Voice) -> str:
    return voice.say(
        "- `SELECT` names the columns to show.\n- `FROM` names the table they are in.",
        "- **SELECT** picks the columns.\n- **FROM** says where they are kept.\n- **ORDER BY** sorts what is left.",
    )


def _names_pitfall(voice: Voice) -> str:
    return voice.say(
        "**Pitfall:** an object of a class of your own cannot be written this way.",
        "A common mistake is to open the file without an encoding.",
    )


def _states_limits(voice: Voice) -> str:
    return voice.say(
        "**Limitations:** it only knows what resembles its examples.",
        "One caveat: few examples make it learn the noise as well.",
    )


def _memory_cost(voice: Voice) -> str:
    return voice.say(
        "The memory it takes is proportional to the number of entries.",
        "It needs extra memory per entry, for the key and the value.",
    )


def _names_bottleneck(voice: Voice) -> str:
    return voice.say(
        "**Bottleneck:** the store, since all results go through it.",
        "The store is the bottleneck: all results go through it.",
    )


def _contrasts_concept(voice: Voice) -> str:
    return voice.say(
        "It is not to be confused with the result itself, which is only one value.",
        "Unlike a rule of thumb, it holds without exception.",
    )


def _version_note(voice: Voice) -> str:
    return voice.say("Requires Python 3.10 or later.", "It works with Python 3.9 and newer.")


def _ends_with_qed(voice: Voice) -> str:
    return voice.say("∎", "Q.E.D.")


def _second_check(voice: Voice) -> str:
    return voice.say(
        "**Second check.** Work from the result to the start; you should meet the numbers that were given.",
        "Another way to be sure is to work from the result to the start and compare.",
    )


_SUPPLEMENTS: dict[str, dict[str, Callable[[Voice], str]]] = {
    "review": {"severity_labels": _severity_labels},
    "improve": {"before_and_after": _before_and_after},
    "bug": {"regression_test": _regression_test},
    "sql": {"explains_clauses": _explains_clauses},
    "api_use": {"names_pitfall": _names_pitfall},
    "ml": {"states_limits": _states_limits},
    "data_structure": {"memory_cost": _memory_cost},
    "design": {"names_bottleneck": _names_bottleneck},
    "concept": {"contrasts_concept": _contrasts_concept},
    "docs": {"version_note": _version_note},
    "proof": {"ends_with_qed": _ends_with_qed},
    "verify": {"second_check": _second_check},
}


def supplemented(reply: str, content: Content, styles: frozenset[str], voice: Voice) -> str:
    """`reply` with a paragraph for each supplement of its occasion that is in `styles`."""
    added = (add(voice) for style, add in _SUPPLEMENTS.get(content.occasion, {}).items() if style in styles)
    return "\n\n".join((reply, *added))
