"""The trained readers of relations and reactions beside the older ones, on development data or on unseen sets."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pum.assistant.components import local_extractor
from pum.bench.corpora import labelled_pairs, signed_reactions, task_statements
from pum.bench.tasks.collection import read_tasks
from pum.config.params import load_params
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.experiments.trained_readers.measure import Shares, relation_shares, sign_shares
from pum.feedback.keyword import keyword_reward, meant, surely
from pum.feedback.reaction_classifier import load_reaction_classifier
from pum.feedback.sign import LABEL_SIGNS, Sign, fit_sign_reader, load_sign_reader
from pum.memory.card import MemoryParams, Source
from pum.memory.cards import CardCollection
from pum.memory.relation import fit_relation_reader, load_relation_reader
from pum.retrieval.embed import CachedEmbedder, load_embedder

_FOLDS = 5
# By the author of the unseen pairs, and by that of the unseen kinds of reactions: what the others are judged by.
_JUDGED_PAIRS, _JUDGED_REACTIONS = "relations", "reactions"


def cross_validated(embedder: CachedEmbedder) -> dict[str, Shares]:
    """Each judged text is read by a reader that was fitted without its fold."""
    pairs, reactions = labelled_pairs(), signed_reactions()
    tasks = task_statements(read_tasks(DATA / "tasks.jsonl"))
    related = _by_folds(pairs, lambda some: fit_relation_reader(some, embedder).relations, _two)
    signed = _by_folds(reactions, lambda some: fit_sign_reader(some, tasks, embedder).signs, _text)
    judged = [at for at, pair in enumerate(pairs) if pair["set"] == _JUDGED_PAIRS]
    tables = {"relations": relation_shares([pairs[at]["relation"] for at in judged], [related[at] for at in judged])}
    for name in sorted({reaction["set"] for reaction in reactions}):
        of = [at for at, reaction in enumerate(reactions) if reaction["set"] == name]
        tables[f"reactions, {name}"] = _signs([reactions[at] for at in of], [signed[at] for at in of])
    return tables


def older_readers(embedder: CachedEmbedder) -> dict[str, Shares]:
    """The rules and the classifier of reactions as they are in use, on the same development data."""
    pairs = [pair for pair in labelled_pairs() if pair["set"] == _JUDGED_PAIRS]
    reactions = [reaction for reaction in signed_reactions() if reaction["set"] == _JUDGED_REACTIONS]
    related = rules_relations([_two(pair) for pair in pairs], embedder)
    signed = older_signs([reaction["text"] for reaction in reactions], embedder)
    return {
        "relations": relation_shares([pair["relation"] for pair in pairs], related),
        f"reactions, {_JUDGED_REACTIONS}": _signs(reactions, signed),
    }


def unseen(folder: Path, embedder: CachedEmbedder) -> dict[str, Shares]:
    """The fitted readers on the sets in `folder`; the texts of a row of pairs are its first two fields."""
    relations = load_relation_reader(DATA / "wish_relation.json", embedder).relations
    signs = load_sign_reader(DATA / "reaction_sign.json", embedder).signs
    tables = {}
    for name in ("relations", "two_wishes", "restatements"):
        rows = read_jsonl(folder / f"{name}.jsonl", [])
        labels = [row.get("relation", {"two_wishes": "added", "restatements": "same"}.get(name)) for row in rows]
        tables[name] = relation_shares(labels, relations([_first_texts(row, 2) for row in rows]))
    wishes = [_first_texts(row, 3) for row in read_jsonl(folder / "withdrawals.jsonl", [])]
    ended = relations([(wish, taken_back) for wish, taken_back, _ in wishes])
    spared = relations([(other, taken_back) for _, taken_back, other in wishes])
    tables["withdrawals"] = relation_shares(["withdrawn"] * len(ended), ended)
    tables["withdrawals, the other wish"] = relation_shares(["unrelated"] * len(spared), spared)
    reactions = read_jsonl(folder / "reactions.jsonl", ["text", "sign"])
    tables["reactions"] = _signs(reactions, signs([row["text"] for row in reactions]))
    return tables


def rules_relations(pairs: Sequence[tuple[str, str]], embedder: CachedEmbedder) -> list[str]:
    """What the rules make of the first message's cards when the second is said a session later; `unheard` where a
    message leaves none."""
    extractor = local_extractor(load_params(), embedder)
    return [_outcome(old, new, extractor.extract, embedder) for old, new in pairs]


def older_signs(messages: Sequence[str], embedder: CachedEmbedder) -> list[Sign]:
    """Rules and the reaction classifier, as in the reward mode `trained`."""
    extractor = local_extractor(load_params(), embedder)
    odds = load_reaction_classifier(DATA / "reaction_classifier.json", embedder).odds
    asked = [bool(surely(extractor.extract(message))) for message in messages]
    labels = [keyword_reward(text, asks=asks, odds=odds).label for text, asks in zip(messages, asked, strict=True)]
    return [LABEL_SIGNS[label] for label in labels]


def _outcome(old: str, new: str, extract: Callable, embedder: CachedEmbedder) -> str:
    cards = CardCollection((), embedder, MemoryParams())
    for session, message in enumerate((old, new)):
        before = {card.card_id: card for card in cards.active}
        for preference in meant(message, extract(message)):
            cards.add(preference, message, Source(session, 0))
    ended = any(not cards[card_id].active for card_id in before)
    said = any(card.sources[0].session == 1 for card in cards)
    joined = any(len(cards[card_id].sources) > 1 for card_id in before)
    if ended:
        return "opposite" if said else "withdrawn"
    if joined:
        return "same"
    return "added" if before and said else "unheard"


def _by_folds(rows: list[dict], fitted: Callable, asked: Callable) -> list:
    """What is read of each row, by a reader fitted on the other folds; every row is in one, by its place."""
    found: list = [None] * len(rows)
    for fold in range(_FOLDS):
        own = [at for at in range(len(rows)) if at % _FOLDS == fold]
        others = [row for at, row in enumerate(rows) if at % _FOLDS != fold]
        for at, reading in zip(own, fitted(others)([asked(rows[at]) for at in own]), strict=True):
            found[at] = reading
    return found


def _two(pair: dict) -> tuple[str, str]:
    return pair["old"], pair["new"]


def _text(reaction: dict) -> str:
    return reaction["text"]


def _first_texts(row: dict, count: int) -> tuple[str, ...]:
    return tuple([value for value in row.values() if isinstance(value, str)][:count])


def _signs(reactions: Sequence[dict], found: Sequence[Sign]) -> Shares:
    ironic = [any("iron" in tag for tag in _tags(row)) for row in reactions]
    return sign_shares([row["sign"] for row in reactions], found, ironic)


def _tags(row: dict) -> list[str]:
    """Whatever a row says of its kind, under any name."""
    values = [value for name, value in row.items() if name != "text"]
    return [tag for value in values for tag in (value if isinstance(value, list) else [value]) if isinstance(tag, str)]


def _show(tables: dict[str, Shares]) -> None:
    for name, shares in tables.items():
        print(f"\n{name}")
        for what, of in shares.items():
            if of["of"]:
                print(f"  {what:22} {of['share']:.3f} [{of['low']:.3f}, {of['high']:.3f}]  {of['count']} of {of['of']}")


def main(arguments: Sequence[str]) -> None:
    embedder = load_embedder(load_params().embedder)
    if arguments:
        _show(unseen(Path(arguments[0]), embedder))
    else:
        print("# cross-validated")
        _show(cross_validated(embedder))
        print("\n# the older readers")
        _show(older_readers(embedder))


if __name__ == "__main__":
    main(sys.argv[1:])
