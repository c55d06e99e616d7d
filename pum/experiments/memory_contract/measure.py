"""The promises of this project's memory, measured, and as a table with the goals."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pum.bench.catalogue import load_preferences
from pum.bench.types import Preference
from pum.config.params import Params
from pum.experiments.memory_contract import probes
from pum.experiments.memory_contract.own import OwnMemory, load_material
from pum.extraction.scope import scope_of
from pum.memory.card import Card, Source
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder

_User = tuple[int, str]


def contract(params: Params, resources: Resources, run: Path, scopes: Sequence[dict]) -> dict:
    """The results of all probes of the method `rag`, and the state of a run's memories at its end.

    `suite` holds the changes of mind that the rules were improved on (`dev`, `test`); `heldout` holds 50 more, written
    after that. `scopes`: {"condition", "scope"} records, labelled by hand.
    """
    everything = load_material()

    def fresh() -> OwnMemory:
        return OwnMemory(params, resources)

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


def after_sessions(run: Path, preferences: Iterable[Preference], embedder: CachedEmbedder) -> dict:
    """What the cards of a run's users hold at its end; `run` is the run's folder in results.

    `duplicates` as in the probes. For users with transcripts: the `preferences` asked for that a card remembers, the
    active `cards` made from such messages, `cards_per_preference`, and cards made from other messages (`unfounded`).
    """
    cards, asked = _active_cards(run), _asked(run)
    vectors = {preference.id: embedder.one(preference.note) for preference in preferences}
    meant: Counter[tuple[_User, str]] = Counter()
    unfounded = 0
    for user, said in asked.items():
        for card in cards[user]:
            wanted = {preference for source in card.sources for preference in said.get(source, ())}
            if wanted:
                meant[user, _nearest(embedder.one(card.note), wanted, vectors)] += 1
            else:
                unfounded += 1
    return {
        **probes.duplicates([[card.note for card in of] for of in cards.values()], embedder.encode),
        "cards_per_preference": round(meant.total() / len(meant), 4),
        "cards": meant.total(),
        "preferences": len(meant),
        "unfounded": unfounded,
    }


def _active_cards(run: Path) -> dict[_User, list[Card]]:
    users = pd.read_parquet(run / "users.parquet", columns=["seed", "user_id", "state"])
    return {
        (seed, user): [card for card in map(Card.from_json, json.loads(state)["assistant"]["cards"]) if card.active]
        for seed, user, state in users.itertuples(index=False)
    }


def _asked(run: Path) -> dict[_User, dict[Source, list[str]]]:
    """User -> message -> the preferences that the message asked for."""
    turns = pd.read_parquet(run / "turns.parquet", columns=["seed", "user_id", "session", "turn", "enforced"])
    asked: dict[_User, dict[Source, list[str]]] = {}
    for seed, user, session, turn, enforced in turns.itertuples(index=False):
        asked.setdefault((seed, user), {})[Source(session, turn)] = json.loads(enforced)
    return asked


def _nearest(card: np.ndarray, wanted: Collection[str], vectors: dict[str, np.ndarray]) -> str:
    """The preference that a card is about: of those in its message, the one nearest to its note."""
    return max(sorted(wanted), key=lambda preference: float(vectors[preference] @ card))


@dataclass(frozen=True)
class Promise:
    """A promise with its `goal` in words, the measured `value`, and the number of cases (`of`)."""

    name: str
    goal: str
    value: float
    of: int


def promises(measured: dict, reward: dict) -> pd.DataFrame:
    """One row per promise. `reward`: results/metrics/reward.json, with how reactions are classified."""
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
    blame = reward["false_blame"]["all"]
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
