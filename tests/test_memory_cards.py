"""Cards merge, supersede and keep their origin; a user's state survives JSON and disk; unsafe ids touch no file."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.core.errors import InputError
from pum.core.schemas import Candidate, Decision, ExtractedPreference, Message
from pum.extraction.rules import RuleExtractor, note_of
from pum.memory.card import Card, MemoryParams, Source
from pum.memory.cards import CardCollection, strength
from pum.memory.state import Pending, UserState
from pum.memory.store import FileStore, check_user_id
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.user_model.vectors import UserVectors

EMBEDDER = CachedEmbedder(HashingEmbedder())
MEMORY = MemoryParams(merge_threshold=0.8, same_session_merge_threshold=0.7, cards=1000, retention_half_life=30)


def heard(action: str, condition: str = "", negated: bool = False, confidence: float = 0.7) -> ExtractedPreference:
    return ExtractedPreference(condition, action, confidence, "conditional" if condition else "global", negated, action)


BULLETS = heard("use bullet points for lists of options", "I ask you to compare things")
NO_BULLETS = heard("never use bullet points for lists of options", "I ask you to compare things", negated=True)
SHORT = heard("keep answers under three sentences")


def box(*preferences: ExtractedPreference, **memory: float) -> CardCollection:
    """A box that heard these one after the other, a turn each."""
    cards = CardCollection((), EMBEDDER, MEMORY.model_copy(update=memory))
    for turn, preference in enumerate(preferences):
        cards.add(preference, f"request {turn}", Source(0, turn))
    return cards


def test_the_sentences_of_these_tests_are_as_alike_as_they_should_be() -> None:
    bullets, no_bullets, short = EMBEDDER.encode([note_of(it) for it in (BULLETS, NO_BULLETS, SHORT)])
    assert MEMORY.merge_threshold < bullets @ no_bullets < 0.99
    assert bullets @ short < MEMORY.merge_threshold and no_bullets @ short < MEMORY.merge_threshold


def test_a_new_preference_becomes_a_card_that_knows_its_origin() -> None:
    cards = box()
    added = cards.add(BULLETS, "Compare lists and sets.", Source(3, 1))
    assert not added.merged and added.similarity is None
    assert added.card == Card(
        card_id="c0000",
        note="When I ask you to compare things, use bullet points for lists of options.",
        condition=BULLETS.condition,
        action=BULLETS.action,
        scope="conditional",
        negated=False,
        confidence=0.7,
        query="Compare lists and sets.",
        sources=(Source(3, 1),),
        wordings=("When I ask you to compare things, use bullet points for lists of options.",),
    )
    assert list(cards) == [added.card] and cards.active == (added.card,) and cards["c0000"] is added.card


def test_saying_the_same_again_merges() -> None:
    cards = box(BULLETS)
    added = cards.add(replace(BULLETS, confidence=0.95), "another request", Source(1, 2))
    assert added.merged and added.similarity == pytest.approx(1.0, abs=0.01)
    assert len(cards) == 1 and added.card == cards["c0000"]
    assert added.card.sources == (Source(0, 0), Source(1, 2))
    assert added.card.query == "request 0", "the situation in which it was first said"
    assert added.card.confidence == 0.95
    assert cards.add(replace(BULLETS, confidence=0.1), "q", Source(2, 0)).card.confidence == 0.95


def test_one_message_counts_once_as_a_source() -> None:
    cards = box(BULLETS)
    assert cards.add(BULLETS, "request 0", Source(0, 0)).card.sources == (Source(0, 0),)


def test_different_preferences_stay_apart() -> None:
    cards = box(BULLETS, SHORT)
    assert [card.card_id for card in cards.active] == ["c0000", "c0001"]


def test_the_threshold_decides_what_is_the_same() -> None:
    quoting, alike = heard("quote the source of every claim"), heard("quote the exact source of every claim")
    similarity = box(quoting).add(alike, "q", Source(0, 1)).similarity
    for merge_threshold, merged in ((similarity, True), (similarity + 1e-6, False)):
        cards = CardCollection((), EMBEDDER, MEMORY.model_copy(update={"merge_threshold": merge_threshold}))
        cards.add(quoting, "q", Source(0, 0))
        assert cards.add(alike, "q", Source(1, 0)).merged is merged


def test_who_insists_needs_fewer_of_the_same_words() -> None:
    quoting, alike = heard("quote the source of every claim"), heard("quote the exact source of every claim")
    memory = MEMORY.model_copy(update={"merge_threshold": 1.0, "same_session_merge_threshold": 0.5})
    for session, merged in ((0, True), (1, False)):
        cards = CardCollection((), EMBEDDER, memory)
        cards.add(quoting, "q", Source(0, 0))
        assert cards.add(alike, "q", Source(session, 3)).merged is merged


def test_cards_that_turn_out_to_say_the_same_become_one() -> None:
    one, other = heard("quote the source of every claim"), heard("name where each number comes from", confidence=0.9)
    cards = box(one, other)
    cards.count_use(["c0000", "c0001"], 0)
    memory = MEMORY.model_copy(update={"same_session_merge_threshold": -1.0})
    cards = CardCollection(tuple(cards), EMBEDDER, memory)
    added = cards.add(heard("say for every claim and number where it comes from"), "q", Source(0, 2))
    assert added.merged and cards.active == (added.card,)
    assert added.card.card_id == "c0000" and added.card.note == note_of(other), "the oldest, in the plainest words"
    assert added.card.sources == (Source(0, 0), Source(0, 1), Source(0, 2)) and added.card.uses == 2
    assert len(added.card.wordings) == 3
    assert cards["c0001"].superseded_by == "c0000"
    again = CardCollection(tuple(map(Card.from_json, (card.to_json() for card in cards))), EMBEDDER, memory)
    assert tuple(again) == tuple(cards)
    for wording in added.card.wordings:
        assert cards.restated(heard(wording.rstrip(".")), Source(5, 0)) == pytest.approx(1.0, abs=0.05)


def test_taking_it_back_supersedes_the_old_card() -> None:
    cards = box(SHORT, BULLETS)
    added = cards.add(NO_BULLETS, "request 2", Source(1, 0))
    assert not added.merged and added.card.card_id == "c0002" and added.card.negated
    assert cards["c0001"].superseded_by == "c0002" and not cards["c0001"].active
    assert cards["c0001"].until == Source(1, 0), "it was valid from its first source to then"
    assert [card.card_id for card in cards.active] == ["c0000", "c0002"]
    assert [card.card_id for card in cards] == ["c0000", "c0001", "c0002"], "the old one stays as history"
    assert cards["c0001"].sources == (Source(0, 1),)


def test_a_superseded_card_is_never_found_or_merged_into_again() -> None:
    cards = box(BULLETS, NO_BULLETS)
    assert [name for name, _ in cards.index("note").search(EMBEDDER.encode([note_of(BULLETS)]), 9)] == ["c0001"]
    added = cards.add(BULLETS, "request 2", Source(0, 2))
    assert not added.merged and added.card.card_id == "c0002"
    assert cards["c0000"].superseded_by == "c0001" and cards["c0001"].superseded_by == "c0002"
    assert cards.active == (cards["c0002"],)


def test_an_opposite_of_something_else_supersedes_nothing() -> None:
    cards = box(SHORT, NO_BULLETS)
    assert len(cards.active) == 2


def test_only_saying_the_same_again_is_restating() -> None:
    now = Source(1, 0)
    assert box().restated(BULLETS, now) is None
    assert box(SHORT, BULLETS).restated(BULLETS, now) == pytest.approx(1.0, abs=0.01)
    assert box(BULLETS).restated(SHORT, now) is None
    assert box(BULLETS).restated(NO_BULLETS, now) is None, "a change of mind blames nobody"


def test_a_reversal_supersedes_every_card_that_it_contradicts() -> None:
    tables = heard("use tables for comparisons")
    in_python = heard("use tables for types", "writing Python")
    cards = box(tables, SHORT, in_python, heard("put numbers into tables"), same_session_merge_threshold=1.0)
    added = cards.add(heard("no tables any more", negated=True), "q", Source(2, 1))
    assert [card.card_id for card in cards.active] == ["c0001", added.card.card_id]
    for old in ("c0000", "c0002", "c0003"):
        assert cards[old].until == Source(2, 1) and cards[old].superseded_by == added.card.card_id


def test_what_is_said_in_one_breath_stands_together() -> None:
    cards = box()
    for action in ("give short answers", "give long answers"):
        cards.add(heard(action), "q", Source(0, 0))
    assert len(cards.active) == 2
    assert len(box(heard("give short answers"), heard("give long answers")).active) == 1


def test_the_same_choice_in_other_words_merges() -> None:
    cards = box(heard("use metric units"))
    assert cards.add(heard("stick to metric units"), "q", Source(1, 0)).merged


def test_alike_sentences_for_different_occasions_stay_apart() -> None:
    cards = box(heard("use long and telling names for everything", "writing Python"))
    added = cards.add(heard("use long and telling names for everything", "writing Java"), "q", Source(1, 0))
    assert added.similarity > MEMORY.merge_threshold and not added.merged


def test_the_weakest_card_goes_when_there_are_too_many() -> None:
    cards = CardCollection((), EMBEDDER, MEMORY.model_copy(update={"cards": 2}))
    cards.add(BULLETS, "q", Source(0, 0))
    cards.add(SHORT, "q", Source(1, 0))
    cards.count_use(("c0000",), session=1)
    cards.count_success(("c0000",))
    cards.add(heard("quote the source of every claim"), "q", Source(5, 0))
    assert [card.card_id for card in cards.active] == ["c0000", "c0002"]
    assert cards["c0001"].until == Source(5, 0) and cards["c0001"].superseded_by is None


def test_strength_halves_with_every_half_life_without_use() -> None:
    (card,) = box(replace(SHORT, confidence=0.8))
    assert strength(card, 0, retention_half_life=10) == 0.8
    assert strength(card, 10, retention_half_life=10) == 0.4
    assert strength(replace(card, last_use=10), 20, retention_half_life=10) == 0.4
    assert strength(replace(card, successes=3), 0, retention_half_life=10) == 3.8


def test_uses_are_counted_and_survive_merging() -> None:
    cards = box(BULLETS, SHORT)
    cards.count_use(("c0000", "c0001"), session=2)
    cards.count_use(("c0000",), session=3)
    cards.count_success(("c0000",))
    assert [(card.uses, card.successes, card.last_use) for card in cards] == [(2, 1, 3), (1, 0, 2)]
    merged = cards.add(BULLETS, "q", Source(4, 0)).card
    assert (merged.uses, merged.successes, merged.last_use) == (2, 1, 3)


def test_a_card_of_a_real_message_holds_what_was_said() -> None:
    (preference,) = RuleExtractor().extract("When I ask for options, please always use bullet points.")
    card = box(preference).active[0]
    assert "bullet points" in card.action and "options" in card.condition and card.note.startswith("When ")


PHRASES = (BULLETS, NO_BULLETS, SHORT, heard("do not keep answers under three sentences", negated=True))


@given(st.lists(st.tuples(st.sampled_from(PHRASES), st.integers(0, 3), st.integers(0, 3)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_whatever_is_heard_ids_stay_and_every_source_has_a_card(said: list) -> None:
    cards, given_ids = box(), []
    for preference, session, turn in sorted(said, key=lambda it: it[1:]):
        before = {card.card_id: card for card in cards}
        added = cards.add(preference, "q", Source(session, turn))
        assert added.merged == (added.card.card_id in before)
        assert added.card.active and Source(session, turn) in added.card.sources
        assert added.card.negated == preference.negated
        given_ids += [] if added.merged else [added.card.card_id]
        for card_id, old in before.items():
            assert cards[card_id].note == old.note and set(cards[card_id].sources) >= set(old.sources)
            assert old.active or cards[card_id] == old, "history never changes"
    assert [card.card_id for card in cards] == given_ids == [f"c{number:04d}" for number in range(len(given_ids))]
    for card in cards:
        assert len(set(card.sources)) == len(card.sources)
        assert card.active == (card in cards.active)
        assert card.active == (card.until is None)
        assert card.superseded_by is None or card.superseded_by in given_ids
    assert {(s.session, s.turn) for card in cards for s in card.sources} == {(s, t) for _, s, t in said}


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 10_000)
CARDS = st.builds(
    Card,
    card_id=st.uuids().map(str),
    note=st.text(),
    condition=st.text(),
    action=st.text(),
    scope=st.sampled_from(["global", "conditional"]),
    negated=st.booleans(),
    confidence=SHARE,
    query=st.text(),
    sources=st.lists(st.builds(Source, COUNT, COUNT), min_size=1, max_size=3).map(tuple),
    uses=COUNT,
    successes=COUNT,
    last_use=st.none() | COUNT,
    until=st.none() | st.builds(Source, COUNT, COUNT),
    superseded_by=st.none() | st.text(),
)
MESSAGES = st.lists(st.builds(Message, role=st.sampled_from(["user", "assistant"]), content=st.text()), max_size=3)
DECISIONS = st.builds(
    Decision,
    notes=st.lists(st.text(), max_size=3).map(tuple),
    candidates=st.lists(st.builds(Candidate, st.text(), FINITE, FINITE, SHARE, st.booleans()), max_size=3).map(tuple),
    max_similarity=st.none() | FINITE,
    rank_flip=st.booleans(),
)
VECTORS = st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=4).flatmap(
    lambda pairs: st.builds(
        UserVectors,
        st.just(np.array([one for one, _ in pairs])),
        st.just(np.array([other for _, other in pairs])),
        FINITE,
    )
)
STATES = st.builds(
    UserState,
    user_id=st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,9}\Z"),
    cards=st.lists(CARDS, max_size=3, unique_by=lambda card: card.card_id).map(
        lambda cards: CardCollection(tuple(cards), EMBEDDER, MEMORY)
    ),
    vectors=VECTORS,
    session=COUNT,
    turn=COUNT,
    history=MESSAGES,
    pending=st.none() | st.builds(Pending, st.text(), st.text(), DECISIONS),
    method_state=st.dictionaries(st.text(), st.lists(MESSAGES | st.text(), max_size=3), max_size=2),
)


@given(CARDS)
def test_a_card_survives_json(card: Card) -> None:
    assert Card.from_json(json.loads(json.dumps(card.to_json()))) == card


@given(STATES)
@settings(max_examples=40, deadline=None)
def test_a_state_survives_json(state: UserState) -> None:
    back = UserState.from_json(json.loads(json.dumps(state.to_json())), EMBEDDER, MEMORY)
    assert tuple(back.cards) == tuple(state.cards) and back.cards.active == state.cards.active
    assert np.array_equal(back.vectors.z_long, state.vectors.z_long)
    assert np.array_equal(back.vectors.z_short, state.vectors.z_short)
    assert back.vectors.baseline == state.vectors.baseline
    for name in ("user_id", "session", "turn", "turn_id", "history", "pending", "request", "method_state"):
        assert getattr(back, name) == getattr(state, name), name


def test_a_box_that_came_back_goes_on_as_if_it_had_never_left() -> None:
    stayed = box(BULLETS, SHORT, NO_BULLETS)
    back = CardCollection(tuple(Card.from_json(card.to_json()) for card in stayed), EMBEDDER, MEMORY)
    for preference in (BULLETS, heard("quote the source of every claim")):
        assert back.add(preference, "q", Source(1, 0)) == stayed.add(preference, "q", Source(1, 0))
    assert tuple(back) == tuple(stayed) and len(back) == 5


def new_state(user_id: str = "user_000") -> UserState:
    return UserState(user_id, box(BULLETS), UserVectors.zero(2))


def test_a_turn_is_named_by_session_and_number() -> None:
    state = new_state()
    assert state.turn_id == "s0t0"
    state.session, state.turn = 12, 3
    assert state.turn_id == "s12t3"


def test_a_snapshot_does_not_follow_the_state_nor_the_state_its_snapshot() -> None:
    state = new_state()
    snapshot = state.to_json()
    state.history += [Message(role="user", content="later")]
    assert snapshot["history"] == []
    back = UserState.from_json(snapshot, EMBEDDER, MEMORY)
    back.history += [Message(role="user", content="other")]
    assert snapshot["history"] == [], "a failed session is undone from it, more than once"


def test_nor_does_what_a_method_remembers() -> None:
    state = new_state()
    state.method_state["diary"] = [["Monday"]]
    snapshot = state.to_json()
    state.method_state["diary"][0].append("later")
    back = UserState.from_json(snapshot, EMBEDDER, MEMORY)
    back.method_state["diary"][0].append("other")
    assert snapshot["method_state"] == {"diary": [["Monday"]]}


def test_a_memory_of_the_format_before_is_not_lost() -> None:
    """Format 1 had a field each for what `contextual` and `reflection` remember."""
    said = [[Message(role="user", content="Hello.")]]
    saved = {**new_state().to_json(), "format": 1, "archive": said, "reflection": ["Likes bullets."]}
    del saved["method_state"]
    back = UserState.from_json(saved, EMBEDDER, MEMORY)
    assert back.method_state == {"contextual": said, "reflection": ["Likes bullets."]}
    assert [card.note for card in back.cards] == [card.note for card in new_state().cards]
    assert UserState.from_json({**saved, "archive": [], "reflection": []}, EMBEDDER, MEMORY).method_state == {}
    assert UserState.from_json(back.to_json(), EMBEDDER, MEMORY).method_state == back.method_state
    with pytest.raises(InputError, match="a memory in another format than 2"):
        UserState.from_json({**saved, "format": 3}, EMBEDDER, MEMORY)
    with pytest.raises(InputError, match="a damaged memory"):
        UserState.from_json({**new_state().to_json(), "format": 1}, EMBEDDER, MEMORY)


def test_the_store_gives_back_what_was_saved_last(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "memory" / "deep")
    assert store.load("user_000") is None
    state = new_state()
    store.save("user_000", state.to_json())
    state.turn = 5
    store.save("user_000", state.to_json())
    store.save("user_001", new_state("user_001").to_json())
    assert FileStore(store.folder).load("user_000") == json.loads(json.dumps(state.to_json()))
    assert store.load("user_001")["turn"] == 0


def test_forgetting_a_user_leaves_no_trace_and_the_others_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for user_id in ("user_000", "user_001"):
        store.save(user_id, {"secret": f"of {user_id}"})
    store.delete("user_000")
    assert store.load("user_000") is None and store.load("user_001") == {"secret": "of user_001"}
    assert [path.name for path in tmp_path.iterdir()] == ["user_001.sqlite"]
    assert not any(b"user_000" in path.read_bytes() for path in tmp_path.iterdir())
    store.delete("user_000")


def test_a_failed_save_keeps_the_old_state(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.save("user_000", {"turn": 1})
    with pytest.raises(TypeError):
        store.save("user_000", {"turn": object()})
    assert store.load("user_000") == {"turn": 1}


UNSAFE = ["", "..", "../a", "a/b", "a\\b", "/etc/passwd", "A", "a.b", "a b", "a\n", "a\x00", "é", "-a", "_a", "a" * 65]


@pytest.mark.parametrize("user_id", UNSAFE)
def test_unsafe_ids_are_refused_by_every_operation(tmp_path: Path, user_id: str) -> None:
    store = FileStore(tmp_path / "memory")
    for operation in (store.load, store.delete, lambda id_: store.save(id_, {}), check_user_id):
        with pytest.raises(InputError, match="user id") as refused:
            operation(user_id)
        assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*.sqlite"))


@given(st.text(max_size=70))
def test_an_accepted_id_is_a_plain_file_name(user_id: str) -> None:
    try:
        assert check_user_id(user_id) == user_id
    except InputError:
        return
    assert Path(user_id).name == user_id and user_id.isascii() and 1 <= len(user_id) <= 64
    assert user_id == user_id.lower(), "two users must not meet in one file where case does not count"


@pytest.mark.parametrize("user_id", ["a", "0", "user_000", "anna-maria_2", "a" * 64])
def test_safe_ids_are_taken(user_id: str) -> None:
    assert check_user_id(user_id) == user_id
