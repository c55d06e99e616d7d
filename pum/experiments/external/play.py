"""Plays the measures on PrefEval, IFBench and LoCoMo, for this project's memory and for the baselines."""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pum.bench.external import ExternalItem, load_external
from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.files import read_jsonl, read_yaml
from pum.core.paths import DATA
from pum.experiments.external import measure
from pum.experiments.memory_contract.own import OwnMemory
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder

_LABELLED = DATA / "labelled"
LABELS = _LABELLED / "external_turns.jsonl"
SIGNS = _LABELLED / "prefeval_signs.jsonl"
FRAMES = _LABELLED / "frames.yaml"
KINDS = ("standing", "one_off", "about_self", "neither")
"""What a labelled turn says about later answers: a rule for them, a wish for this answer only, a fact about its author
that should shape them, or nothing."""
SIZES = {10: 1000, 50: 1000, 200: 2000}
"""Preferences of a user -> questions asked in all."""
ORDINARY_TURNS = (0, 5, 10, 50)
TOP = 3
"""Notes per prompt, as many as the method `rag` injects."""
_USERS = {"abstention": 8, "junk": 30}
_REQUESTS = 50


class Own(OwnMemory):
    """The project's memory. A card holds for good if its scope is global."""

    def standing(self, user: str) -> list[str]:
        """The notes that may be injected before any request."""
        return [card.note for card in self.cards(user) if card.scope == "global"]

    def remembered(self, user: str) -> set[int]:
        return {source.session for card in self.cards(user) for source in card.sources}

    def ended(self, user: str) -> set[int]:
        sources = {source.session for card in self.assistant.cards(user) for source in card.sources}
        return sources - self.remembered(user)


class KeepsAll(ABC):
    """Keeps every message as it is: what retrieval alone can do. Subclasses order messages for a query."""

    def __init__(self) -> None:
        self._messages: dict[str, list[str]] = defaultdict(list)

    def add(self, user: str, message: str) -> None:
        self._messages[user].append(message)

    def injected(self, user: str, query: str) -> list[set[int]]:
        messages = self._messages[user]
        return [{number} for number in self._order(messages, query)[:TOP]] if messages else []

    def remembered(self, user: str) -> set[int]:
        return set(range(len(self._messages[user])))

    def ended(self, user: str) -> set[int]:
        return set()

    @abstractmethod
    def _order(self, messages: list[str], query: str) -> list[int]:
        """The numbers of the messages, best first; the earlier one of two equals."""


class Cosine(KeepsAll):
    """By the cosine of message and query, in the same encoder as the project's own memory."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        super().__init__()
        self._embedder = embedder

    def _order(self, messages: list[str], query: str) -> list[int]:
        scores = self._embedder.encode(messages) @ self._embedder.one(query)
        return np.argsort(-scores, kind="stable").tolist()


class Bm25(KeepsAll):
    """By Okapi BM25 over words without English stop words (the package bm25s, with its defaults)."""

    def _order(self, messages: list[str], query: str) -> list[int]:
        import bm25s

        index = bm25s.BM25()
        index.index(bm25s.tokenize(messages, stopwords="en", show_progress=False), show_progress=False)
        words = bm25s.tokenize([query], stopwords="en", return_ids=False, show_progress=False)[0]
        return np.argsort(-index.get_scores(words), kind="stable").tolist() if words else list(range(len(messages)))


def play(params: Params, resources: Resources, folder: Path, seed: int = 0) -> dict:
    """All measures by memory. `folder` holds a folder per benchmark: prefeval, ifbench, and locomo where it is had.

    InputError for a missing benchmark.
    """
    stated = load_external("prefeval_explicit", folder / "prefeval")
    turns, labels = labelled_turns(folder)
    ordinary = [text for text, label in zip(turns, labels, strict=True) if label == "neither"]
    requests = ordinary[:_REQUESTS]
    results = {}
    memories = {"pum": Own(params, resources), "cosine": Cosine(resources.embedder), "bm25": Bm25()}
    for name, memory in memories.items():
        results[name] = {"retrieval": {
            str(size): measure.retrieval(memory, stated, size, questions, seed) for size, questions in SIZES.items()
        }}  # fmt: skip
    pum = memories["pum"]
    results["pum"] |= {
        "hearing": hearing(pum, stated, turns, labels),
        "abstention": measure.abstention(pum, stated, min(SIZES), _USERS["abstention"], requests, seed),
        "junk": {
            str(number): measure.junk(pum, stated, ordinary, number, _USERS["junk"], seed) for number in ORDINARY_TURNS
        },
    }
    if (folder / "locomo").is_dir():
        talk = [said.text for item in load_external("locomo", folder / "locomo") for said in item.said]
        results["pum"]["small_talk"] = kept_share(pum, "small_talk", talk)
    return results


def hearing(memory: Own, stated: Sequence[ExternalItem], turns: Sequence[str], labels: Sequence[str]) -> dict:
    """Shares of messages that leave something: stated preferences, their questions, and real turns by label."""
    users = measure.strangers(memory, "turn", turns)
    return {
        "stated": right_cards(memory, "stated", [item.said[0].text for item in stated], signs_of(stated)),
        "questions": kept_share(memory, "question", [item.question for item in stated]),
        "turns": measure.by_label([bool(memory.kept(user)) for user in users], labels, KINDS),
        "turns_kept_for_good": measure.by_label([bool(memory.standing(user)) for user in users], labels, KINDS),
        "form_in_others_frames": framed(memory),
    }


def kept_share(memory: Own, name: str, texts: Sequence[str]) -> dict:
    return measure.share(sum(bool(memory.kept(user)) for user in measure.strangers(memory, name, texts)), len(texts))


def right_cards(memory: Own, name: str, texts: Sequence[str], signs: Sequence[str]) -> dict:
    """`heard`; of those, `quoted`: every card's note is a stretch of the message; and, where the sign is wanted or
    unwanted and not both, `sign`: every card has it."""
    cards = [memory.cards(user) for user in measure.strangers(memory, name, texts)]
    heard = [(text, sign, of) for text, sign, of in zip(texts, signs, cards, strict=True) if of]
    one_sided = [(sign, of) for _, sign, of in heard if sign != "both"]
    return {
        "heard": measure.share(len(heard), len(texts)),
        "quoted": measure.share(
            sum(all(plain(card.note) in plain(text) for card in of) for text, _, of in heard), len(heard)
        ),
        "sign": measure.share(
            sum(all(card.negated == (sign == "unwanted") for card in of) for sign, of in one_sided), len(one_sided)
        ),
    }


def framed(memory: Own) -> dict:
    """Wishes about form in the sentences in which PrefEval voices tastes, weighted by how often it does."""
    table = read_yaml(FRAMES)
    rows = [
        (frame["text"].format(thing=thing) + ".", frame["wanted"], frame["weight"])
        for frame in table["frames"]
        for thing in table["things"]
    ]
    cards = [memory.cards(user) for user in measure.strangers(memory, "framed", [text for text, _, _ in rows])]
    total = sum(weight for _, _, weight in rows)
    heard = [(wanted, weight, of) for (_, wanted, weight), of in zip(rows, cards, strict=True) if of]
    right = sum(weight for wanted, weight, of in heard if all(card.negated != wanted for card in of))
    weight_heard = sum(weight for _, weight, _ in heard)
    return {
        "messages": len(rows),
        "heard": round(weight_heard / total, 4),
        "sign_of_heard": round(right / weight_heard, 4) if heard else None,
    }


def signs_of(stated: Sequence[ExternalItem]) -> list[str]:
    """wanted, unwanted or both, by the labels; InputError for an item without one."""
    signs = {row["item"]: row["sign"] for row in read_jsonl(SIGNS, ["item", "sign"])}
    if missing := next((item.item_id for item in stated if item.item_id not in signs), None):
        raise InputError(f"{SIGNS}: no sign of {missing}; these labels are for other files")
    return [signs[item.item_id] for item in stated]


def plain(text: str) -> str:
    """Words alone, in lower case: notes begin with a capital and end with a full stop."""
    words = " ".join(re.findall(r"[^\W_]+", text.lower()))
    return f" {words} "


def labelled_turns(folder: Path) -> tuple[list[str], list[str]]:
    """The labelled turns' texts, looked up in the owners' files, and their labels.

    InputError for a label of a turn that is not there, or that is of no known kind.
    """
    items = {
        (benchmark, item.item_id): [said.text for said in item.said if said.speaker == "user"]
        for benchmark, owner in (("prefeval_distractors", "prefeval"), ("ifbench", "ifbench"))
        for item in load_external(benchmark, folder / owner)
    }
    texts, labels = [], []
    for row in read_jsonl(LABELS, ["benchmark", "item", "turn", "label"]):
        said = items.get((row["benchmark"], row["item"]), [])
        if not 0 <= row["turn"] < len(said) or row["label"] not in KINDS:
            raise InputError(f"{LABELS}: {row['benchmark']} {row['item']} has no turn {row['turn']}, or no such label")
        texts.append(said[row["turn"]])
        labels.append(row["label"])
    return texts, labels
