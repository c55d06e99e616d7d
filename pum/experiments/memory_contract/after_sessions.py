"""What a run's users are remembered by at its end: how much of it twice, and in how many cards a preference."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from pum.bench.types import Preference
from pum.experiments.memory_contract.probes import duplicates
from pum.memory.card import Card, Source
from pum.retrieval.embed import CachedEmbedder

_User = tuple[int, str]


def after_sessions(run: Path, preferences: Iterable[Preference], embedder: CachedEmbedder) -> dict:
    """Over the users of a run (its folder in results): `duplicates` as in the probes.

    Of users whose turns are kept: the `preferences` asked for that a card remembers, the active `cards` made of such
    messages, how many that is a preference, and cards that were made of what asked for nothing (`unfounded`).
    """
    cards, asked = _active_cards(run), _asked(run)
    vectors = {preference.id: embedder.one(preference.note) for preference in preferences}
    meant: Counter[tuple[_User, str]] = Counter()
    unfounded = 0
    for user, said in asked.items():
        for card in cards[user]:
            wishes = {wish for source in card.sources for wish in said.get(source, ())}
            if wishes:
                meant[user, _nearest(embedder.one(card.note), wishes, vectors)] += 1
            else:
                unfounded += 1
    return {
        **duplicates([[card.note for card in of] for of in cards.values()], embedder.encode),
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
    """The preferences asked for in each of the messages that are kept."""
    turns = pd.read_parquet(run / "turns.parquet", columns=["seed", "user_id", "session", "turn", "enforced"])
    asked: dict[_User, dict[Source, list[str]]] = {}
    for seed, user, session, turn, enforced in turns.itertuples(index=False):
        asked.setdefault((seed, user), {})[Source(session, turn)] = json.loads(enforced)
    return asked


def _nearest(card: np.ndarray, wishes: Collection[str], vectors: dict[str, np.ndarray]) -> str:
    """A message may hold several wishes: the card is about the one that its note is nearest to."""
    return max(sorted(wishes), key=lambda wish: float(vectors[wish] @ card))
