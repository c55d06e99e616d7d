"""The extractor that quotes: whatever the detector says, what is kept is a stretch of the message."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.analysis.extraction import report
from pum.core.errors import InputError
from pum.extraction.detector import ATTRIBUTES, TOPICS, Scores, load_weights, save_weights
from pum.extraction.labels import quoted_lesson, silent_lesson, worded_lesson
from pum.extraction.quotations import QuotingExtractor
from pum.extraction.rules import note_of
from pum.extraction.units import OUTSIDE, TAGS, begins, best_spans, goes_on, units_of
from pum.language.english import is_english
from pum.language.prose import own_stretches

WORDS = st.sampled_from(
    "use no tables, please don't for SQL: when I ask - «x» “so” e.g. 12.5 never . ; \n \n\n > ```code```".split(" ")
)
MESSAGES = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join))


class Says:
    """A detector that finds the given stretches, and nothing else."""

    def __init__(self, message: str, *found: tuple[str, str], wanted: bool = True, standing: bool = True) -> None:
        self.units = units_of(message)
        self.tags = np.zeros((len(self.units.places), TAGS))
        self.tags[:, OUTSIDE] = 1.0
        for kind, words in found:
            start = message.index(words)
            own = [
                i for i, (first, last) in enumerate(self.units.places) if start <= first and last <= start + len(words)
            ]
            self.tags[own, goes_on(kind)] = 5.0
            self.tags[own[0], begins(kind)] = 6.0
        self.attributes = np.tile([1.0 if wanted else -1.0, 1.0 if standing else -1.0], (len(self.tags), 1))

    def read(self, units) -> Scores:
        assert units == self.units
        return Scores(self.tags, self.attributes, np.zeros(len(TOPICS)))


class Guesses:
    """A detector that says anything at all."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def read(self, units) -> Scores:
        random = np.random.default_rng(self.seed)
        n = len(units.places)
        return Scores(random.normal(size=(n, TAGS)), random.normal(size=(n, len(ATTRIBUTES))), random.normal(size=3))


def heard(message: str, *found: tuple[str, str], **attributes: bool) -> list[tuple[str, str]]:
    preferences = QuotingExtractor(Says(message, *found, **attributes)).extract(message)
    return [(preference.action, preference.condition) for preference in preferences]


@settings(max_examples=300, deadline=None)
@given(MESSAGES, st.integers(0, 2**32))
def test_whatever_is_kept_is_a_stretch_of_the_message(message: str, seed: int) -> None:
    found = QuotingExtractor(Guesses(seed)).hear(message)
    for preference in found.preferences:
        for words in (preference.action, preference.quotation, preference.span, note_of(preference)):
            assert words and words in message
        assert preference.condition in message
        assert preference.action in preference.quotation
    assert all(words and words in message for words in found.withdrawals)


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_own_stretches_stand_in_order_and_apart(message: str) -> None:
    ends = [0, *(place for stretch in own_stretches(message) for place in stretch), len(message)]
    assert ends == sorted(ends)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=20), st.integers(0, 2**32))
def test_spans_stand_in_order_and_end_with_their_sentence(steps: list[int], seed: int) -> None:
    sentence = np.cumsum([step == 0 for step in steps]).tolist()
    scores = np.random.default_rng(seed).normal(size=(len(sentence), TAGS))
    spans = best_spans(scores, sentence)
    ends = [place for span in spans for place in (span.first, span.last)]
    assert ends == sorted(ends) and all(span.first < span.last for span in spans)
    assert all(sentence[span.first] == sentence[span.last - 1] for span in spans)


def test_spans_are_the_best_ones_that_begin_with_their_first_tag() -> None:
    scores = np.zeros((3, TAGS))
    scores[1, goes_on("style")] = 3.0
    scores[2, goes_on("style")] = 3.0
    assert [(span.kind, span.first, span.last) for span in best_spans(scores, [0, 0, 0])] == [("style", 0, 3)]
    assert best_spans(scores, [0, 1, 2]) == []  # in sentences of their own, none begins


@pytest.mark.parametrize("negated", ["Please don't use emojis.", "Never ever use emojis!", "I do not want emojis, ok?"])
def test_a_negation_before_the_span_is_kept(negated: str) -> None:
    words = "want emojis" if "want" in negated else "use emojis"
    ((action, _),) = heard(negated, ("style", words))
    assert any(word in action.lower() for word in ("don't", "never", "not"))


def test_a_negation_in_another_clause_is_not() -> None:
    assert heard("No, use emojis.", ("style", "use emojis")) == [("use emojis", "")]


@pytest.mark.parametrize(
    ("message", "found", "expected"),
    [
        (
            "When I ask for SQL, use CTEs and add comments.",
            [("condition", "When I ask for SQL"), ("style", "use CTEs"), ("style", "add comments")],
            [("use CTEs", "When I ask for SQL"), ("add comments", "When I ask for SQL")],
        ),
        (
            "I prefer tables for comparisons but bullet points for instructions.",
            [("style", "tables"), ("condition", "for comparisons"), ("style", "bullet points"),
             ("condition", "for instructions")],
            [("tables", "for comparisons"), ("bullet points", "for instructions")],
        ),
        (
            "For SQL, use CTEs. Be brief.",
            [("condition", "For SQL"), ("style", "use CTEs"), ("style", "Be brief")],
            [("use CTEs", "For SQL"), ("Be brief", "")],
        ),
        (
            "My rules for SQL:\n- use CTEs\n- add comments",
            [("condition", "for SQL"), ("style", "use CTEs"), ("style", "add comments")],
            [("use CTEs", "for SQL"), ("add comments", "for SQL")],
        ),
    ],
)  # fmt: skip
def test_an_action_has_the_condition_that_its_sentence_names(message, found, expected) -> None:
    assert heard(message, *found) == expected


def test_a_note_has_action_and_condition_where_they_stand_together() -> None:
    message = "Ok. When I ask for SQL, use CTEs, please."
    (found,) = QuotingExtractor(Says(message, ("condition", "When I ask for SQL"), ("style", "use CTEs"))).extract(
        message
    )
    assert note_of(found) == "When I ask for SQL, use CTEs"
    assert (found.scope, found.span) == ("conditional", "When I ask for SQL, use CTEs, please")


def test_sign_and_standing_are_the_detectors_own() -> None:
    message = "I hate emojis"
    for wanted, standing in ((True, False), (False, True)):
        detector = Says(message, ("style", message), wanted=wanted, standing=standing)
        (found,) = QuotingExtractor(detector).extract(message)
        assert (found.negated, found.standing) == (not wanted, standing)


def test_kinds_that_are_not_kept_are_left_out() -> None:
    message = "I'm vegetarian. Be brief."
    detector = Says(message, ("content", "I'm vegetarian"), ("style", "Be brief"))
    assert [found.action for found in QuotingExtractor(detector, ["style"]).extract(message)] == ["Be brief"]
    assert [found.kind for found in QuotingExtractor(detector).extract(message)] == ["content", "style"]


def test_what_takes_a_wish_back_is_no_preference() -> None:
    message = "Forget what I said about bullets."
    found = QuotingExtractor(Says(message, ("withdrawal", "Forget what I said about bullets"))).hear(message)
    assert (found.preferences, found.withdrawals) == ((), ("Forget what I said about bullets",))


def test_words_of_others_are_no_units() -> None:
    message = "Proofread this:\n> Use tables.\n```\nUse lists.\n```\nBe brief."
    said = [message[slice(*place)] for place in units_of(message).places]
    assert "brief" in said and "tables" not in said and "lists" not in said


@pytest.mark.parametrize(
    "message", ["Verwende keine Tabellen, bitte.", "Je n'aime pas les listes à puces.", "请用中文回答", "Пиши короче."]
)
def test_nothing_is_kept_of_another_language(message: str) -> None:
    assert QuotingExtractor(Guesses(1)).hear(message) == QuotingExtractor(Guesses(2)).hear(message)
    assert not is_english(message)


@pytest.mark.parametrize(
    "message",
    ["no emojis", "No tables.", "Shorter!", "tl;dr", "SQL", "haiku", "👍", "", "metric units",
     "Answer in German, please.", 'Translate this: "Ich hätte gern ein Bier, bitte."'],
)  # fmt: skip
def test_short_english_is_not_refused(message: str) -> None:
    assert is_english(message)


def test_lessons_of_quotations_leave_nothing_open() -> None:
    record = {
        "text": "For SQL use CTEs. Forget the tables.",
        "preferences": [
            {"quote": "use CTEs", "condition_quote": "For SQL", "wanted": True, "kind": "style", "standing": True}
        ],
        "withdraws": ["Forget the tables"],
    }
    lesson = quoted_lesson(record)
    assert lesson.allowed.sum(axis=1).tolist() == [1] * len(lesson.units.places)
    tags = lesson.allowed.argmax(axis=1).tolist()
    condition, style, withdrawal = ([begins(kind), goes_on(kind)] for kind in ("condition", "style", "withdrawal"))
    assert tags == [*condition, *style, OUTSIDE, *withdrawal, goes_on("withdrawal"), OUTSIDE]
    assert lesson.spans == (((2, 3), True, True),) and lesson.topics == (True, False, True)


def test_lessons_of_other_words_find_the_nearest_ones() -> None:
    record = {
        "text": "My exam is on Friday. Please, no long tables when I ask about law.",
        "preferences": [{"condition": "I ask about law", "action": "do not use long tables"}],
    }
    lesson = worded_lesson(record)
    ((numbers, wanted, standing),) = lesson.spans
    assert [record["text"][slice(*lesson.units.places[number])] for number in numbers] == ["no", "long", "tables"]
    assert (wanted, standing, lesson.topics) == (False, None, (True, None, None))
    assert not lesson.allowed[numbers[0], OUTSIDE] and lesson.allowed[0, OUTSIDE]
    assert not lesson.allowed[0, begins("style")]


def test_silent_texts_hold_no_style() -> None:
    lesson = silent_lesson("Thanks, that helped.")
    assert not lesson.allowed[:, begins("style")].any() and lesson.topics == (False, None, False)


def test_weights_are_kept_as_halves_and_known_by_their_format(tmp_path: Path) -> None:
    path = tmp_path / "detector.safetensors"
    save_weights({"units.bias": np.array([0.1, 2.0])}, path)
    first = path.read_bytes()
    assert load_weights(path)["units.bias"].tolist() == [float(np.float16(0.1)), 2.0]
    save_weights({"units.bias": np.array([0.1, 2.0])}, path)
    assert path.read_bytes() == first
    path.write_bytes(first.replace(b"pum-detector-1", b"pum-detector-0"))
    with pytest.raises(InputError, match="make detector"):
        load_weights(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="git checkout"):
        load_weights(path)
    with pytest.raises(InputError, match="no detector there"):
        load_weights(tmp_path / "elsewhere")


def test_kinds_are_scored_apart() -> None:
    message = "I'm vegetarian. Be brief."
    detector = Says(message, ("content", "I'm vegetarian"), ("style", "Be brief"))
    labels = [
        {"action": "be brief", "condition": "", "wanted": True, "standing": False},
        {"action": "I'm vegetarian", "condition": "", "wanted": False, "kind": "content"},
    ]
    records = [{"text": message, "preferences": labels}]
    style, content = (report(QuotingExtractor(detector), records, kind) for kind in ("style", "content"))
    assert (style["items"]["f1"], style["items"]["standing_agreement"]) == (1.0, 0.0)
    assert (content["f1"], content["items"]["tp"]) == (1.0, 0)  # heard, with the wrong sign
