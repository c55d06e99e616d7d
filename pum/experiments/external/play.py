"""Plays the measures on PrefEval, IFBench and LoCoMo, for this project's memory and for the baselines."""

from collections.abc import Sequence
from pathlib import Path

from pum.bench.external import ExternalItem, load_external
from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.core.validation import read_jsonl
from pum.experiments.external import measure
from pum.experiments.external.baselines import Bm25, Cosine
from pum.experiments.memory_contract.own import OwnMemory
from pum.methods.method import Resources

LABELS = DATA / "labelled" / "external_turns.jsonl"
KINDS = ("standing", "one_off", "about_self", "neither")
"""What a labelled turn says about later answers: a rule for them, a wish for this answer only, a fact about its author
that should shape them, or nothing."""
SIZES = {10: 1000, 50: 1000, 200: 2000}
"""Preferences of a user -> questions asked in all."""
ORDINARY_TURNS = (0, 5, 10, 50)
_USERS = {"abstention": 8, "junk": 30}
_REQUESTS = 50


class Own(OwnMemory):
    """The project's memory. A card holds for good if its scope is global."""

    def standing(self, user: str) -> list[str]:
        return [card.note for card in self.cards(user) if card.scope == "global"]

    def remembered(self, user: str) -> set[int]:
        return {source.session for card in self.cards(user) for source in card.sources}

    def ended(self, user: str) -> set[int]:
        sources = {source.session for card in self.assistant.cards(user) for source in card.sources}
        return sources - self.remembered(user)


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
        results["pum"]["small_talk"] = measure.share(sum(measure.leaves_a_memory(pum, talk)["kept"]), len(talk))
    return results


def hearing(memory: Own, stated: Sequence[ExternalItem], turns: Sequence[str], labels: Sequence[str]) -> dict:
    """Shares of messages that leave something: stated preferences, their questions, and real turns by label."""
    left = measure.leaves_a_memory(memory, turns)
    preferences = measure.leaves_a_memory(memory, [item.said[0].text for item in stated])["kept"]
    questions = measure.leaves_a_memory(memory, [item.question for item in stated])["kept"]
    return {
        "stated": measure.share(sum(preferences), len(preferences)),
        "questions": measure.share(sum(questions), len(questions)),
        "turns": measure.by_label(left["kept"], labels, KINDS),
        "turns_kept_for_good": measure.by_label(left["standing"], labels, KINDS),
    }


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
