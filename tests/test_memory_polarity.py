"""What is wanted and what is not, what comes before what, and when people say that things change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.memory.polarity import changes, is_ban, narrows, order_of, parts, taken_back
from pum.memory.slots import OF_A_THING, OF_ANY_PART, OF_THE_WHOLE, SLOTS, rival_slots


@pytest.mark.parametrize(
    ("action", "negated", "found"),
    [
        ("use tables", False, [("use tables", True)]),
        ("do not use tables", True, [("tables", False)]),
        ("use tables instead of lists", False, [("use tables", True), ("lists", False)]),
        ("prefer tables to lists", False, [("tables", True), ("lists", False)]),
        ("replace lists with tables", False, [("tables", True), ("lists", False)]),
        ("do not leave out the units", True, [("the units", True)]),
        ("do not forget the units", False, [("do not forget the units", True)]),
        ("leave the tests to me", False, [("the tests", False)]),
        ("legends can be left out", False, [("legends", False)]),
        ("keep replies free of emoji", False, [("keep replies", True), ("emoji", False)]),
        ("use skip the examples", False, [("the examples", False)]),
        ("do not praise me and keep to the facts", True, [("praise me", False), ("keep to the facts", True)]),
        ("show the steps and hide the numbers", False, [("show the steps", True), ("the numbers", False)]),
    ],
)
def test_what_an_action_wants_and_what_not(action: str, negated: bool, found: list[tuple[str, bool]]) -> None:
    assert [tuple(part) for part in parts(action, negated)] == found
    assert is_ban(action, negated) is not (dict(found)[found[0][0]])


@pytest.mark.parametrize(
    ("sentence", "things"),
    [
        ("Forget the theory, I just want recipes.", ["the theory"]),
        ("Call me Nora, and drop the Captain.", ["the Captain"]),
        ("Don't forget the units.", []),
        ("Use tables.", []),
        ("Not only tables, please.", []),
    ],
)
def test_what_a_sentence_does_away_with(sentence: str, things: list[str]) -> None:
    assert list(taken_back(sentence)) == things


def test_who_wants_only_the_result_does_not_want_what_stands_beside_it() -> None:
    assert "explanation" in taken_back("Just give me the answer.")
    assert not taken_back("Just give me the answer first.")


@pytest.mark.parametrize(
    ("text", "first", "then"),
    [
        ("put the code first and then the reasons", "put the code", "the reasons"),
        ("explain first, and only then show the code", "explain", "show the code"),
        ("start with the idea, then the proof", "the idea", "the proof"),
        ("the code before the reasons", "the code", "the reasons"),
        ("the code after the reasons", "the reasons", "the code"),
    ],
)
def test_which_of_two_comes_first(text: str, first: str, then: str) -> None:
    order = order_of(text)
    assert order and (order.first, order.then) == (first, then)


def test_only_one_thing_has_no_order() -> None:
    assert order_of("put the code first") is None


def test_what_says_that_things_change() -> None:
    assert changes("Switch to tables.") and changes("Use tables from now on.") and changes("Actually, use tables.")
    assert not changes("Use tables.") and not changes("From now on use tables, too.")
    assert narrows("Use tables only when I compare things.") and not narrows("Use only tables.")


def test_the_slots_that_are_named_exist_and_rivals_are_slots() -> None:
    assert OF_ANY_PART | OF_A_THING | OF_THE_WHOLE | rival_slots().keys() <= SLOTS.keys()
    assert all(len(values) >= 2 for values in SLOTS.values())


def test_a_sentence_without_end_is_read_as_quickly_as_any() -> None:
    assert taken_back("no " * 100_000) == taken_back("no " * 300)
    assert taken_back("drop" + " " * 100_000 + "the praise") == ("the praise",)


@given(st.text(max_size=60), st.booleans())
def test_any_text_can_be_read(text: str, negated: bool) -> None:
    assert all(part.text.strip() for part in parts(text, negated))
    order_of(text)
    taken_back(text)
