"""What the memory promises, measured: `results/metrics/memory_contract.json`, and as a table with the goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pum.bench.catalogue import load_preferences
from pum.config.params import Params
from pum.experiments.memory_contract import probes
from pum.experiments.memory_contract.after_sessions import after_sessions
from pum.experiments.memory_contract.material import load_material
from pum.experiments.memory_contract.ours import Ours
from pum.extraction.scope import scope_of
from pum.methods.method import Resources


def contract(params: Params, resources: Resources, run: Path, scopes: Sequence[dict]) -> dict:
    """All probes of the method `rag` as params.yaml has it, and what a run's users are remembered by at its end.

    The suite of changes of mind is those that the rule was improved on (`dev`, `test`); `heldout` are 50 more, written
    after that. `scopes`: {"condition", "scope"} records, labelled by hand.
    """
    everything = load_material()

    def fresh() -> Ours:
        return Ours(params, resources)

    return {
        "contradictions": {
            "suite": probes.flips(fresh(), load_material(("dev", "test")).changes),
            "heldout": probes.flips(fresh(), load_material(("heldout",)).changes),
        },
        "companions": probes.both(fresh(), everything.companions),
        "relevance": probes.relevance(fresh(), everything.subjects),
        "repeats": probes.repeats(fresh(), everything.wishes),
        "feedback_loop": probes.thanks(fresh(), everything.praise, sessions=len(everything.praise)),
        "after_15_sessions": after_sessions(run, load_preferences(), resources.embedder),
        "scope": probes.share(sum(scope_of(it["condition"]) == it["scope"] for it in scopes), len(scopes)),
    }


@dataclass(frozen=True)
class Promise:
    """`goal` in words; `value` and `of` how many cases, as measured."""

    name: str
    goal: str
    value: float
    of: int


def promises(measured: dict, hearing: dict) -> pd.DataFrame:
    """A row a promise. `hearing`: results/metrics/reward.json, for what is read of a user's reactions."""
    contradictions, relevance, sessions = (
        measured[name] for name in ("contradictions", "relevance", "after_15_sessions")
    )
    shares = [
        ("newer wish injected, older not", ">= 95%", contradictions["suite"]),
        ("the same, written unseen", "", contradictions["heldout"]),
        ("two wishes that go together both kept", "", measured["companions"]),
        ("nothing injected on an unrelated query", ">= 90%", relevance["abstention"]),
        ("something injected on a related query", "", relevance["recall"]),
        ("duplicates (cosine 0.95) after 15 sessions", "<= 2%", sessions["duplicates"]),
        ("scope read as labelled", "", measured["scope"]),
    ]
    blame = hearing["false_blame"]["all"]
    rows = [
        *(Promise(name, goal, it["share"], it["of"]) for name, goal, it in shares),
        Promise("cards per true preference", "1.0 to 1.2", sessions["cards_per_preference"], sessions["preferences"]),
        Promise(
            "cards of the same message ten times", "1", measured["repeats"]["memories_per_message"],
            measured["repeats"]["messages"],
        ),
        Promise(
            "cards of sessions of thanks", "0", measured["feedback_loop"]["memories"],
            measured["feedback_loop"]["sessions"],
        ),
        Promise("blame read in a task's statement", "< 2%", round(blame["share"], 4), blame["of"]),
    ]  # fmt: skip
    return pd.DataFrame([vars(row) for row in rows])
