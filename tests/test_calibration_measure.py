"""Measuring: planned chains, played with a scripted model, killed and gone on with, and what is read out of them."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import VerdictStore
from pum.calibration.chains import NOTE_COUNTS, Chain, plan_chains
from pum.calibration.measure import Measurement, measure
from pum.calibration.records import RecordBook, observe
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.core.schemas import Message, Reply

PREFERENCES = load_preferences()
CATALOGUE = {preference.id: preference for preference in PREFERENCES}
PHRASEBOOK = load_request_types()
BULLETS = "- one way\n- another way"


class Killed(Exception):
    pass


class Scripted:
    """Answers with bullets once the user asked for anything, else with a plain sentence; dies after `lives` answers."""

    name, simulated = "scripted", True

    def __init__(self, lives: int = 10**6) -> None:
        self.lives = lives
        self.prompts: list[tuple[Message, ...]] = []

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = 512) -> Reply:
        if len(self.prompts) == self.lives:
            raise Killed
        self.prompts.append(tuple(messages))
        assert max_tokens == 160
        return Reply(BULLETS if len(messages) > 4 else "It is what it is.")

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.fixture(scope="module")
def chains() -> list[Chain]:
    return list(plan_chains(PREFERENCES, PHRASEBOOK, read_tasks(DATA / "tasks.jsonl")[::4], seed=7, rounds=2))


def play(chains: Sequence[Chain], path: Path, model: Scripted) -> RecordBook:
    book = RecordBook(path)
    asyncio.run(measure(Measurement(model, book, CATALOGUE, PHRASEBOOK, 160, 4), chains))
    return book


def test_every_checkable_preference_is_the_focus_of_each_round(chains: list[Chain]) -> None:
    focused = Counter(chain.focus for chain in chains)
    checkable = {preference.id for preference in PREFERENCES if preference.style}
    assert set(focused) <= checkable and len(focused) > 0.9 * len(checkable) and set(focused.values()) == {2}


def test_a_chain_is_about_its_focus_and_its_notes_do_not_contradict_each_other(chains: list[Chain]) -> None:
    for chain in chains:
        for task in chain.tasks:
            assert CATALOGUE[chain.focus].when.matches(task.tags | chain.request_type.tags), chain
        noted = [preference for preference, _ in chain.notes]
        assert len(noted) in NOTE_COUNTS and len({preference.id for preference in noted}) == len(noted)
        assert not any(first.id in second.contradicts for first in noted for second in noted)
        for preference, text in chain.notes:
            assert text in preference.wordings if chain.own_words else text == preference.note
    assert {len(chain.notes) for chain in chains} >= {0, 1, 4, 8, 16}
    assert any(chain.own_words and chain.notes for chain in chains)


def test_chains_are_played_as_planned(chains: list[Chain], tmp_path: Path) -> None:
    chain = next(chain for chain in chains if chain.followup and chain.notes)
    model = Scripted()
    book = play([chain], tmp_path / "j.jsonl", model)
    assert len(book) == 4 and [len(prompt) for prompt in model.prompts] == [2, 4, 6, 8]
    opening, followup, wish, again = model.prompts
    assert chain.tasks[0].statement in opening[1]["content"]
    for prompt in model.prompts:
        assert all(f"- {text}" in prompt[0]["content"] for _, text in chain.notes)
    assert (
        followup[3]["content"] in chain.request_type.phrasings and again[7]["content"] in chain.request_type.phrasings
    )
    assert followup[3]["content"] != again[7]["content"]
    records = list(book)
    (wished, distance), *more = records[2].asked
    assert distance == 1 and not more and records[3].asked == [(wished, 3)]
    assert any(wording in wish[5]["content"] for wording in CATALOGUE[wished].wordings)
    assert [record.answers_task for record in records] == [True, False, False, False]


def test_killed_and_started_again_it_asks_only_for_what_is_missing(chains: list[Chain], tmp_path: Path) -> None:
    whole = play(chains[:6], tmp_path / "whole.jsonl", Scripted())
    path = tmp_path / "killed.jsonl"
    with pytest.raises(Killed):
        play(chains[:6], path, Scripted(lives=9))
    with path.open("ab") as file:
        file.write(gzip.compress(b'{"key": "half a member"}')[:-5])
    rest = Scripted()
    again = play(chains[:6], path, rest)
    assert len(rest.prompts) == len(whole) - 9
    assert sorted(again, key=lambda r: r.key) == sorted(whole, key=lambda r: r.key)
    assert sorted(RecordBook(path), key=lambda r: r.key) == sorted(whole, key=lambda r: r.key)


def test_a_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text(json.dumps({"key": "k"}) + "\n")
    with pytest.raises(InputError, match=r"j\.jsonl: not the records of a measurement"):
        RecordBook(path)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(InputError, match=r"j\.jsonl: record 1: .*: Field required"):
        RecordBook(path)


def test_what_replies_tell(chains: list[Chain], tmp_path: Path) -> None:
    """Of the style `bullets`: noted or unprompted before the wish for it, asked with its distance after it."""
    bullets = next(preference for preference in PREFERENCES if preference.style == "bullets")
    chain = next(chain for chain in chains if chain.focus == bullets.id and chain.followup)
    book = play([chain], tmp_path / "j.jsonl", Scripted())
    verdicts = VerdictStore(tmp_path / "v.sqlite")
    observed = [list(observe(record, CATALOGUE, verdicts)) for record in book]
    assert [o.success for o in observed[0] if o.kind == "solve"] == [False]
    (before,) = [o for o in observed[1] if o.name == "bullets"]
    assert before.kind in ("noted", "unprompted") and not before.success
    for place, distance in ((2, 1.0), (3, 3.0)):
        (wish,) = observed[place]
        assert (wish.kind, wish.name, wish.x, wish.success) == ("asked", "bullets", (distance,), True)


def test_a_reply_that_lacks_what_a_style_is_about_tells_nothing_of_it(chains: list[Chain], tmp_path: Path) -> None:
    """No code was given, so it is neither followed nor violated that each fence names its language."""
    tag = next(preference for preference in PREFERENCES if preference.style == "language_tag")
    chain = next(chain for chain in chains if chain.focus == tag.id)
    record = next(iter(play([chain], tmp_path / "j.jsonl", Scripted())))
    verdicts = VerdictStore(tmp_path / "v.sqlite")
    for reply, seen in (("No code.", []), ("```\nx = 1\n```", [False]), ("```python\nx = 1\n```", [True])):
        observed = observe(record.model_copy(update={"reply": reply}), CATALOGUE, verdicts)
        assert [it.success for it in observed if it.name == "language_tag"] == seen
