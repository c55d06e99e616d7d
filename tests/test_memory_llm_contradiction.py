"""Contradictions that no word gives away: a model is asked about them and about nothing else, and the rules stand where
it says nothing."""

import asyncio
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.assistant.personalized_llm import Helpers, PersonalizedLLM
from pum.config.params import check_params, load_params
from pum.config.servers import Replica, ServerParams
from pum.core.errors import InputError
from pum.core.schemas import ExtractedPreference
from pum.experiments.memory_contract import with_llm
from pum.experiments.memory_contract.material import Material, load_material
from pum.llm.chat_model import CallOutcome, ChatError, InvalidReply, RefusedError, TransportError
from pum.llm.client_pool import Traffic
from pum.memory.card import Source
from pum.memory.cards import MOST_UNCLEAR, UNCLEAR_FROM, CardBox
from pum.memory.contradiction import Unclear
from pum.memory.llm_contradiction import ContradictionJudge
from pum.memory.settings import MemoryParams
from pum.memory.store import FileStore
from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.hashing import HashingEmbedder
from pum.runner.config import RunConfig
from pum.runner.models import build_models, contradiction_judge
from tests.model_server import body, completion, serving
from tests.small_assistant import small_assistant, small_resources

# From the suite of changes of mind that was written after the rules: they keep both.
MISSED = [
    ("Answer in one sentence.", "Answer in a whole paragraph."),
    ("Use uppercase for SQL keywords.", "SQL keywords in lowercase, please."),
]
FIRST, THEN = MISSED[0]
NOW = Source(9, 0)
EMBEDDER = CachedEmbedder(HashingEmbedder())
APART = MemoryParams(merge_at=1.0)
"""No cosine makes two cards one."""


class Says:
    """A model that gives every older wish the same verdict, or one `by_words` in it; `asked` are the questions."""

    def __init__(self, verdict: str | ChatError = "other") -> None:
        self.verdict, self.by_words, self.asked = verdict, {}, []

    async def answer_as(self, form, messages, *, seed, max_tokens=512):
        question = messages[-1]["content"]
        self.asked.append(question)
        if isinstance(self.verdict, ChatError):
            raise self.verdict
        older = question.partition("# Newer wish")[0].splitlines()[1:]
        return form.model_validate(
            {"wishes": [{"number": int(line[0]), "relation": self.of(line)} for line in older if line]}
        )

    def of(self, line: str) -> str:
        return next((verdict for word, verdict in self.by_words.items() if word in line), self.verdict)


def assistant(model: Says, fell_back=pytest.fail, store: FileStore | None = None, **settings) -> PersonalizedLLM:
    helpers = Helpers(contradictions=ContradictionJudge(model, fell_back))
    return small_assistant("rag", store, helpers, contradictions="llm", **settings)


def hear(assistant: PersonalizedLLM, *messages: str) -> list[tuple[str, bool]]:
    """Every message in a session of its own; the cards after that, and which of them are active."""
    for message in messages:
        assistant.chat("bob", message)
        assistant.reset_session("bob")
    return [(card.note, card.active) for card in assistant.cards("bob")]


def active(assistant: PersonalizedLLM, *messages: str) -> list[bool]:
    return [is_active for _, is_active in hear(assistant, *messages)]


@pytest.mark.parametrize("pair", MISSED)
def test_a_contradiction_that_the_rules_miss_is_superseded_with_the_model_and_stays_without(pair) -> None:
    assert pair in [(it["first"], it["then"]) for it in load_material(("heldout",)).changes]
    model = Says("opposite")
    told = assistant(model)
    assert active(small_assistant("rag"), *pair) == [True, True]
    assert active(told, *pair) == [False, True] and len(model.asked) == 1
    older, newer = told.cards("bob")
    assert (older.until, older.superseded_by) == (Source(1, 0), newer.card_id), "kept, with the time it was valid"


@pytest.mark.parametrize(("verdict", "cards"), [("other", [True, True]), ("same", [True])])
def test_what_the_model_calls_the_same_joins_and_what_it_calls_another_thing_stays(verdict: str, cards) -> None:
    told = assistant(Says(verdict))
    assert active(told, FIRST, THEN) == cards
    if verdict == "same":
        assert told.cards("bob")[0].sources == (Source(0, 0), Source(1, 0))


CLEAR = [
    ("Answer in German.", "Answer in English."),
    ("Use metric units.", "Stick to metric units."),
    ("Quote the source of every claim.", "Quote the source of every claim."),
    ("Please use bullet points for lists of options.", "Keep your answers short."),
]


@pytest.mark.parametrize("pair", CLEAR, ids=("opposite", "same", "repeated", "nothing in common"))
def test_nobody_is_asked_in_clear_cases(pair) -> None:
    model = Says("opposite")
    assert hear(assistant(model), *pair) == hear(small_assistant("rag"), *pair)
    assert model.asked == []


def test_by_default_nobody_is_asked_although_somebody_is_there() -> None:
    model = Says("opposite")
    quiet = small_assistant("rag", helpers=Helpers(contradictions=ContradictionJudge(model, pytest.fail)))
    assert active(quiet, FIRST, THEN) == [True, True] and model.asked == []


def test_each_card_has_a_verdict_of_its_own() -> None:
    model = Says()
    told = assistant(model, memory=APART)
    assert active(told, "Quote the source of every claim.", "Quote the figure of every claim.") == [True, True]
    model.by_words = {"source": "opposite"}
    assert active(told, "Quote the author of every claim.") == [False, True, True]
    assert "1. " in model.asked[-1] and "2. " in model.asked[-1]


def test_two_wishes_of_one_message_are_two_questions() -> None:
    model = Says("opposite")
    (one, one_then), (other, other_then) = MISSED
    assert active(assistant(model), one, other, f"{one_then} {other_then}") == [False, False, True, True]
    assert len(model.asked) == 2


def box(count: int) -> CardBox:
    """So many cards that no word tells apart from one more."""
    cards = CardBox((), EMBEDDER, APART)
    for number in range(count):
        cards.add(wish(number), "", Source(number, 0))
    return cards


def wish(number: int) -> ExtractedPreference:
    action = f"quote the {('source', 'figure', 'author', 'year', 'place', 'page', 'title')[number]} of every claim"
    return ExtractedPreference("", action, 0.7, "global", False, action)


def test_only_the_nearest_few_cards_are_asked_about() -> None:
    cards = box(6)
    question = cards.unclear(wish(6), NOW)
    assert question.newer == "Quote the title of every claim." and len(cards) > MOST_UNCLEAR == len(question.older)
    cosines = {card.note: float(EMBEDDER.one(card.note) @ EMBEDDER.one(question.newer)) for card in cards}
    assert list(question.older) == sorted(cosines, key=cosines.get, reverse=True)[:MOST_UNCLEAR]


def test_what_was_said_in_the_same_breath_is_no_question() -> None:
    assert box(1).unclear(wish(1), NOW).older == ("Quote the source of every claim.",)
    assert box(1).unclear(wish(1), Source(0, 0)).older == ()
    cards = box(1)
    cards.add(
        wish(1),
        "",
        Source(0, 0),
        {("Quote the source of every claim.", "Quote the figure of every claim."): "opposite"},
    )
    assert len(cards.active) == 2, "both are meant"


def test_what_the_model_calls_the_same_was_said_before_for_the_reward_too() -> None:
    pair = ("Quote the source of every claim.", "Quote the figure of every claim.")
    found = {verdict: box(1).restated(wish(1), NOW, {pair: verdict}) for verdict in ("same", "opposite", "other")}
    assert found["same"] > UNCLEAR_FROM and found["opposite"] is found["other"] is None


@pytest.mark.parametrize("error", [InvalidReply("no form"), RefusedError("filtered")])
def test_where_the_model_says_nothing_the_rules_stand_loudly_and_it_is_booked(error, caplog) -> None:
    booked = []
    with caplog.at_level(logging.WARNING):
        assert active(assistant(Says(error), booked.append), FIRST, THEN) == [True, True]
    assert booked == [error] and str(error) in caplog.text and "the rules decide" in caplog.text


def test_a_server_that_writes_no_form_is_booked_as_such() -> None:
    traffic = Traffic()
    with serving(lambda *_: body(completion("no JSON"))) as server:
        params = ServerParams(model="m", replicas=(Replica(url=server.url),))
        judge = contradiction_judge(params, traffic)
        assert asyncio.run(judge.judge([Unclear(("Use lists.",), "Use prose.")])) == {}
    booked = {purpose: total["calls"] for purpose, total in traffic.ledger.totals().items()}
    assert booked["contradictions_fallback"] == {CallOutcome.INVALID: 1}
    assert set(booked) == {"contradictions", "contradictions_fallback"}


@pytest.mark.parametrize("closing", [False, True], ids=("a turn", "last words"))
def test_when_nobody_can_be_reached_nothing_is_changed_or_saved(closing: bool, tmp_path: Path) -> None:
    model = Says("opposite")
    told = assistant(model, store=FileStore(tmp_path))
    hear(told, FIRST)
    before, kept = told.export_user("bob"), _files(tmp_path)
    model.verdict = TransportError("away")
    with pytest.raises(TransportError):
        told.reset_session("bob", THEN) if closing else told.chat("bob", THEN)
    assert told.export_user("bob") == before and _files(tmp_path) == kept
    model.verdict = "opposite"
    assert active(told, THEN) == [False, True]


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Writes:
    """A model that fills in the form with these wishes, whatever it is asked."""

    def __init__(self, *wishes: tuple[int, str]) -> None:
        self.wishes = wishes

    async def answer_as(self, form, messages, *, seed, max_tokens=512):
        return form.model_validate({"wishes": [{"number": n, "relation": relation} for n, relation in self.wishes]})


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3, 9), st.sampled_from(["same", "opposite", "other"])), max_size=5),
    st.integers(0, 4),
)
def test_verdicts_are_about_cards_that_were_shown_and_about_no_others(wishes, count: int) -> None:
    older = tuple(f"Older {number}." for number in range(1, count + 1))
    verdicts = asyncio.run(ContradictionJudge(Writes(*wishes), pytest.fail).judge([Unclear(older, "New.")]))
    assert verdicts == {(f"Older {number}.", "New."): relation for number, relation in wishes if 1 <= number <= count}


def test_a_run_has_the_judge_that_its_settings_ask_for(tmp_path: Path) -> None:
    data = load_params().model_dump(mode="json")
    data["assistant"].update(contradictions="llm", extractor="rules")
    params = check_params(data)
    with pytest.raises(InputError, match="the judge is a served model, but the study names no layout"):
        print(RunConfig("smoke", params.study("smoke"), "rag", params).served)
    live = RunConfig("live", params.study("live"), "rag", params)
    assert set(live.served) == {"agent", "judge"}
    helpers = build_models(live, None, EMBEDDER, tmp_path).helpers
    assert isinstance(helpers.contradictions, ContradictionJudge) and helpers.judge is None


def test_settings_without_a_model_for_them_are_refused() -> None:
    with pytest.raises(InputError, match="contradictions llm: they need a judge"):
        small_assistant("rag", contradictions="llm")


def test_the_measurement_counts_pairs_calls_and_fallbacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a server that finds every pair contradictory, but writes no form about one of them."""
    pairs = [{"first": first, "then": then} for first, then in MISSED]
    together = [{"first": "Quote the source of every claim.", "then": "Quote the figure of every claim."}]
    monkeypatch.setattr(with_llm, "load_material", lambda *_: Material(pairs, together, [], []))
    params = load_params()
    params = params.model_copy(
        update={"assistant": params.assistant.model_copy(update={"extractor": "rules"}), "memory": APART}
    )

    def reply(_: int, sent: dict):
        wishes = '{"wishes": [{"number": 1, "relation": "opposite"}]}'
        return body(completion("no JSON" if FIRST in str(sent["messages"]) else wishes))

    with serving(reply) as server:
        role = ServerParams(model="m", replicas=(Replica(url=server.url),))
        table = with_llm.compare_readers(params, small_resources(), role, tmp_path / "table.csv")
    found = {
        (row.suite[:3], row.reader): (row.right, row.pairs, row.calls, row.fallbacks) for row in table.itertuples()
    }
    assert [found[suite, "rules"] for suite in ("cha", "two")] == [(0, 2, 0, 0), (1, 1, 0, 0)]
    assert [found[suite, "rules, then m"] for suite in ("cha", "two")] == [(1, 2, 4, 1), (0, 1, 1, 0)]
    assert table.calls.sum() == len(server.bodies) and table.fallbacks.sum() == 2, "one in either suite"
    assert (tmp_path / "table.csv").read_text().startswith("suite,reader,pairs,right,share,calls,fallbacks\n")
