"""The project's own memory as the probes see one, the messages that they send, and its promises, measured."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pum.assistant.personalized_llm import Components, PersonalizedLLM, load_resources
from pum.bench.catalogue import load_preferences
from pum.bench.types import Preference
from pum.config.params import Params
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.core.schemas import Reply
from pum.experiments.memory_contract import probes
from pum.extraction.scope import scope_of
from pum.memory.card import Card, Source
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder

METHOD = "rag"


class Silent:
    """A chat model whose replies say nothing, so that all memories come from users' messages."""

    simulated, name = True, "silent"

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def answer(self, messages: object, seed: int, max_tokens: int = 0) -> Reply:
        return Reply("Here you are.")


class OwnMemory:
    """The assistant of params.yaml. Each message is a session, so a card's source names the number of its message."""

    def __init__(
        self, params: Params, resources: Resources | None = None, components: Components | None = None
    ) -> None:
        resources = resources or load_resources(params)
        self.assistant = PersonalizedLLM.from_params(params, METHOD, Silent(), resources, components=components)

    def add(self, user: str, message: str) -> None:
        self.assistant.chat(user, message)
        self.assistant.reset_session(user)

    def injected(self, user: str, query: str) -> list[set[int]]:
        state = self.assistant.state(user)
        decision = self.assistant.method.prepare_prompt(state, query).decision
        return [{source.session for source in state.cards[card_id].sources} for card_id in decision.chosen_ids]

    def kept(self, user: str) -> list[str]:
        return [card.note for card in self.cards(user)]

    def cards(self, user: str) -> tuple[Card, ...]:
        return self.assistant.state(user).cards.active


LABELLED = DATA / "labelled"
SPLITS = ("dev", "test", "heldout")
"""The rules were written on `dev`. `test` was scored once and later used for improvements; `heldout` is only scored."""


@dataclass(frozen=True)
class Material:
    """The messages of the probes.

    `changes`: changes of mind; `companions`: compatible preferences; both as {"first", "then"}. `subjects`: preferences
    about one subject ("text"), with "related" and "unrelated" queries. `praise`: messages of thanks.
    """

    changes: list[dict]
    companions: list[dict]
    subjects: list[dict]
    praise: list[str]

    @property
    def wishes(self) -> list[str]:
        return [subject["text"] for subject in self.subjects]

    def texts(self) -> list[str]:
        queries = [query for subject in self.subjects for query in (*subject["related"], *subject["unrelated"])]
        said = [text for pair in (*self.changes, *self.companions) for text in (pair["first"], pair["then"])]
        return sorted({*said, *queries, *self.wishes, *self.praise})


def load_material(splits: Collection[str] = SPLITS) -> Material:
    """The material of these splits; InputError for a file that cannot be read."""
    pairs = read_jsonl(DATA / "flips.jsonl", ["first", "then", "kind", "split"])
    subjects = read_jsonl(LABELLED / "relevance.jsonl", ["text", "related", "unrelated", "split"])
    reactions = read_jsonl(LABELLED / "next_turns.jsonl", ["text", "label", "split"])
    pairs, subjects, reactions = (
        [record for record in records if record["split"] in splits] for records in (pairs, subjects, reactions)
    )
    return Material(
        changes=[pair for pair in pairs if pair["kind"] == "flip"],
        companions=[pair for pair in pairs if pair["kind"] == "both"],
        subjects=subjects,
        praise=[reaction["text"] for reaction in reactions if reaction["label"] == "pos_praise"],
    )


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
