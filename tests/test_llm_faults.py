"""Every way in which a server fails is of one of few kinds, is booked once, and gives nothing of the key away."""

import asyncio
import gc
import json
import logging
import time
import traceback
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from pum.core.errors import InputError
from pum.core.schemas import Message, Reply, Usage
from pum.extraction.llm import FineTunedExtractor, LLMExtractor
from pum.feedback.judge import INVALID, JudgedReward
from pum.llm.batch_clients import BatchOpenAIClient, BatchVLLMClient
from pum.llm.best_of import BestOf
from pum.llm.chat_model import BudgetSpent, ChatError, InvalidReply, RefusedError, TransportError
from pum.llm.client_pool import ClientPool, ResponseCache, UsageLedger
from pum.llm.failures import Backoff, wait_asked_for
from pum.llm.openai_chat import OpenAIChat
from pum.llm.structured_output import read_form, response_format
from tests.model_server import KEY, body, completion, cut, hang, serving, status

QUESTION = [Message(role="user", content="2 + 2?")]
QUICK = {"api_key_env": "MODEL_KEY", "backoff": Backoff(0.001, 0.05), "timeout_s": 5.0}
# Long enough for a busy machine to answer in, so that only what hangs runs into it.
IMPATIENT = {**QUICK, "timeout_s": 1.0}


class Form(BaseModel):
    answer: int


@pytest.fixture(autouse=True)
def _canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", KEY)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The first call of a process loads the client's library, which is no server's fault."""
    with serving() as server:
        asyncio.run(OpenAIChat(server.url, "m").answer(QUESTION, seed=0))


def ask(model: OpenAIChat, seed: int = 0) -> Reply:
    return asyncio.run(model.answer(QUESTION, seed=seed))


PASSING = {
    "500": status(500, f"no luck with {KEY}"),
    "503": status(503),
    "429": status(429),
    "429 that says how long": status(429, Retry_After="0.01"),
    "hang": hang,
    "cut": cut,
}
LASTING = {
    "context": (status(400, "maximum context length is 2048"), RefusedError),
    "too large": (status(413), RefusedError),
    "filtered": (body({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}), RefusedError),
    "refusal": (body({"choices": [{"message": {"content": None, "refusal": "I won't"}}]}), RefusedError),
    "no choices": (body({"choices": []}), InvalidReply),
    "malformed": (body(b'{"choices": [{"message"'), InvalidReply),
    "not even text": (body(b"\xff\xfe\x00"), InvalidReply),
    "wrong type": (body({"choices": [{"message": {"content": ["4"]}}]}), InvalidReply),
    "wrong shape": (body({"choices": "4"}), InvalidReply),
    "wrong usage": (body({**completion("4"), "usage": {"prompt_tokens": "many"}}), InvalidReply),
    "a list": (body(b"[]"), InvalidReply),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_passing_fault_is_waited_out_and_booked_once(fault) -> None:
    with serving(lambda number, _: fault if number == 0 else None) as server:
        model = OpenAIChat(server.url, "m", **(IMPATIENT if fault is hang else QUICK))
        assert ask(model).text.startswith("Sure.")
        booked = model.client_pool.ledger.totals()["agent"]
        assert booked["calls"] == {"ok": 1, "transport": 1}
        assert {name: booked[name] for name in server.counted} == server.counted


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_passing_fault_that_lasts_is_a_transport_error_without_the_key(fault, caplog) -> None:
    with serving(lambda number, _: fault) as server:
        model = OpenAIChat(server.url, "m", **(IMPATIENT if fault is hang else QUICK), max_retries=1)
        with pytest.raises(TransportError, match=r"model m at http://127") as caught:
            ask(model)
        assert len(server.bodies) == 2
    assert model.client_pool.ledger.totals()["agent"]["calls"] == {"transport": 2}
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r} {model!r} {caplog.text}"
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("fault", "kind"), LASTING.values(), ids=LASTING)
def test_a_lasting_fault_is_asked_once_and_classed(fault, kind) -> None:
    with serving(lambda number, _: fault) as server:
        model = OpenAIChat(server.url, "m", **QUICK)
        with pytest.raises(kind) as caught:
            ask(model)
        assert len(server.bodies) == 1
    assert model.client_pool.ledger.totals()["agent"]["calls"] == {caught.value.outcome: 1}


def test_the_tokens_of_a_refusal_are_booked() -> None:
    refusal = {**completion(None), "choices": [{"message": {"content": None, "refusal": "I won't"}}]}
    with serving(lambda number, _: body(refusal)) as server:
        model = OpenAIChat(server.url, "m", **QUICK)
        with pytest.raises(RefusedError, match="I won't"):
            ask(model)
    assert model.client_pool.ledger.totals()["agent"] == {
        "calls": {"refused": 1}, "prompt_tokens": 11, "completion_tokens": 3,
    }  # fmt: skip


def test_an_exhausted_account_is_for_a_person_to_mend() -> None:
    answer = {"error": {"message": "quota", "code": "insufficient_quota"}}
    with serving(lambda number, _: lambda handler: handler.send_json(429, answer)) as server:
        with pytest.raises(InputError, match="no quota left"):
            ask(OpenAIChat(server.url, "m", **QUICK))


@pytest.mark.parametrize("code", [401, 403, 404, 429])
def test_an_attempt_that_only_a_person_can_mend_is_booked(code: int) -> None:
    answer = {"error": {"message": "no", "code": "insufficient_quota"}}
    with serving(lambda number, _: lambda handler: handler.send_json(code, answer)) as server:
        model = OpenAIChat(server.url, "m", **QUICK)
        with pytest.raises(InputError):
            ask(model)
        assert len(server.bodies) == 1
    assert model.client_pool.ledger.totals()["agent"]["calls"] == {"refused": 1}


def test_a_call_that_is_not_made_for_want_of_a_key_is_not_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = OpenAIChat(None, "m")
    with pytest.raises(InputError):
        ask(model)
    assert model.client_pool.ledger.totals() == {}


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    with serving(lambda number, _: status(429, Retry_After="0.2") if number == 0 else None) as server:
        started = time.monotonic()
        ask(OpenAIChat(server.url, "m", backoff=Backoff(0.001, 1.0)))
        assert 0.2 <= time.monotonic() - started < 2


@given(st.integers(0, 20), st.integers(), st.floats(0.01, 10), st.floats(0.01, 100))
def test_pauses_grow_to_a_bound_and_differ_between_callers(attempt, random_key, first, longest) -> None:
    backoff = Backoff(first, longest)
    full = min(first * 2**attempt, longest)
    assert full / 2 <= backoff.pause(attempt, random_key, None) <= full
    assert backoff.pause(attempt, random_key, 1e9) == longest


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, None), ({"retry-after": "2"}, 2.0), ({"retry-after-ms": "20"}, 0.02), ({"retry-after": "soon"}, None),
     ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(headers, seconds) -> None:
    assert wait_asked_for(headers) == seconds


@pytest.mark.slow
def test_of_two_servers_the_one_that_works_takes_over_and_nothing_is_lost() -> None:
    async def thirty(model: OpenAIChat) -> list[str]:
        replies = await asyncio.gather(*(model.answer(QUESTION, seed=seed) for seed in range(30)))
        return [reply.text for reply in replies]

    with serving() as one, serving(lambda number, _: status(500) if number >= 3 else None) as dying:
        alone = asyncio.run(thirty(OpenAIChat(one.url, "m", **QUICK)))
        model = OpenAIChat([dying.url, one.url], "m", **QUICK)
        assert asyncio.run(thirty(model)) == alone
        assert 3 < len(dying.bodies) < 30, "it is used while it works, and left alone after"
    assert model.client_pool.ledger.totals()["agent"]["calls"]["ok"] == 30


@pytest.mark.slow
def test_one_of_two_servers_dying_halves_the_speed() -> None:
    """Each server takes one request at a time, for a fiftieth of a second."""

    def busy(number: int, _: dict) -> None:
        time.sleep(0.02)

    def seconds(model: OpenAIChat) -> float:
        async def fifty() -> None:
            await asyncio.gather(*(model.answer(QUESTION, seed=seed) for seed in range(50)))

        started = time.perf_counter()
        asyncio.run(fifty())
        return time.perf_counter() - started

    with serving(busy) as one, serving(busy) as other:
        both = seconds(OpenAIChat([one.url, other.url], "m", concurrency=1, **QUICK))
        other.fault = lambda *_: status(500)
        model = OpenAIChat([one.url, other.url], "m", concurrency=1, **QUICK)
        assert 1.5 < seconds(model) / both < 3
    assert model.client_pool.ledger.totals()["agent"]["calls"]["ok"] == 50


def test_connections_end_with_their_event_loop(caplog: pytest.LogCaptureFixture) -> None:
    """Else each is closed when it is forgotten, in a loop that it does not belong to, which fails noisily."""

    async def forget(models: list[OpenAIChat]) -> None:
        models.clear()
        gc.collect()
        await asyncio.sleep(0.01)
        gc.collect()

    with serving() as server:
        models = [OpenAIChat(server.url, "m")]
        for seed in range(3):
            ask(models[0], seed)
        asyncio.run(forget(models))
    assert caplog.text == ""


def test_the_least_loaded_server_is_next() -> None:
    async def four(model: OpenAIChat) -> None:
        await asyncio.gather(*(model.answer(QUESTION, seed=seed) for seed in range(4)))

    with serving() as one, serving() as other:
        asyncio.run(four(OpenAIChat([one.url, other.url], "m", concurrency=1)))
        assert (len(one.bodies), len(other.bodies)) == (2, 2)


def test_a_server_that_comes_back_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pum.llm.endpoints._FIRST_COOLDOWN_S", 0.01)
    with serving() as one, serving(lambda number, _: status(500) if number == 0 else None) as other:
        model = OpenAIChat([other.url, one.url], "m", **QUICK)
        ask(model)
        time.sleep(0.05)
        for seed in range(2):
            ask(model, seed)
        assert len(other.bodies) == 3 and len(one.bodies) == 1


def test_a_schema_goes_along_and_a_bad_form_is_repaired() -> None:
    answers = [body(completion('{"answer": "four"}')), body(completion('Well: {"answer": 4} there.'))]
    with serving(lambda number, _: answers[number]) as server:
        model = OpenAIChat(server.url, "m")
        assert asyncio.run(model.answer_as(Form, QUESTION, seed=1)) == Form(answer=4)
        first, second = server.bodies
    assert first["response_format"]["json_schema"]["schema"] == Form.model_json_schema()
    assert "answer: Input should be a valid integer" in second["messages"][-1]["content"]
    assert first["seed"] != second["seed"]
    booked = model.client_pool.ledger.totals()["agent"]
    assert booked["calls"] == {"invalid": 1, "ok": 1} and booked["prompt_tokens"] == 22


def test_repairs_end() -> None:
    with serving(lambda number, _: body(completion("no"))) as server:
        with pytest.raises(InvalidReply, match="no valid Form: not JSON"):
            asyncio.run(OpenAIChat(server.url, "m", repairs=1).answer_as(Form, QUESTION, seed=1))
        assert len(server.bodies) == 2


def test_a_server_without_schemas_is_asked_without() -> None:
    def fault(number, sent):
        if "response_format" in sent:
            return status(400, "response_format is not supported")
        return body(completion('{"answer": 4}'))

    with serving(fault) as server:
        model = OpenAIChat(server.url, "m")
        for _ in range(2):
            assert asyncio.run(model.answer_as(Form, QUESTION, seed=1)).answer == 4
        assert len(server.bodies) == 3, "it is not offered a schema again"


def test_the_budget_of_calls_holds_for_all_roles_together() -> None:
    with serving() as server:
        client_pool = ClientPool(call_budget=3)
        judge, agent = (OpenAIChat(server.url, "m", purpose=p, client_pool=client_pool) for p in ("judge", "agent"))
        for model in (judge, agent, judge):
            ask(model)
        with pytest.raises(BudgetSpent, match="3 calls"):
            ask(agent)
        assert len(server.bodies) == 3


def test_two_roles_at_one_address_share_its_limit() -> None:
    client_pool = ClientPool()
    judge, agent = (
        OpenAIChat("http://127.0.0.1:9/v1", "m", purpose=p, client_pool=client_pool) for p in ("judge", "agent")
    )
    assert judge.endpoints == agent.endpoints


def test_a_cached_reply_costs_nothing_and_everything_that_matters_is_its_key(tmp_path) -> None:
    with serving() as server:
        client_pool = ClientPool(cache=ResponseCache(tmp_path / "replies.sqlite"))

        def model(**changed: object) -> OpenAIChat:
            return OpenAIChat(
                server.url,
                **{"model": "m", "temperature": 0.0, "cache": "greedy", "client_pool": client_pool, **changed},
            )

        first = ask(model())
        assert ask(model()) == first and len(server.bodies) == 1
        assert client_pool.ledger.totals()["agent"]["calls"] == {"cached": 1, "ok": 1}
        for number, changed in enumerate(
            [{"model": "other"}, {"revision": "2"}, {"max_new_tokens": 7}, {"extra": (("top_k", 1),)},
             {"top_p": 0.5}], start=2,
        ):  # fmt: skip
            ask(model(**changed))
            assert len(server.bodies) == number, changed
        ask(model(), seed=1)
        assert len(server.bodies) == 7
        # Sampled replies are kept only if that is asked for.
        for cache, calls in (("greedy", 2), ("all", 1)):
            before = len(server.bodies)
            for _ in range(2):
                ask(model(temperature=0.7, cache=cache))
            assert len(server.bodies) - before == calls


def test_failures_are_never_cached(tmp_path) -> None:
    answers = [body(completion("nonsense")), status(500), None]
    with serving(lambda number, _: answers[min(number, 2)]) as server:
        model = OpenAIChat(
            server.url,
            "m",
            cache="all",
            repairs=0,
            **QUICK,
            client_pool=ClientPool(cache=ResponseCache(tmp_path / "r.sqlite")),
        )
        judge = JudgedReward(model)
        assert asyncio.run(judge.rate("q", "a", "m")).label == INVALID
        assert asyncio.run(judge.rate("q", "a", "m")).value == -0.8


def test_a_ledger_outlives_its_process(tmp_path) -> None:
    for _ in range(2):
        ledger = UsageLedger(tmp_path / "ledger.sqlite")
        ledger.book("agent", "ok", Usage(5, 2))
        ledger.close()
    assert UsageLedger(tmp_path / "ledger.sqlite").totals() == {
        "agent": {"calls": {"ok": 2}, "prompt_tokens": 10, "completion_tokens": 4}
    }


def test_the_batch_clients_keep_order_and_let_one_failure_be_one() -> None:
    def fault(number, sent):
        return status(400, "too long") if sent["messages"][-1]["content"] == "1" else None

    with serving(fault) as server:
        client = BatchVLLMClient([server.url], "m")
        conversations = [client.build_messages(str(number)) for number in range(3)]
        replies = asyncio.run(client.answer_all(conversations, seed=0))
        assert [type(reply) for reply in replies] == [Reply, RefusedError, Reply]
    assert [endpoint.url for endpoint in BatchOpenAIClient("gpt").endpoints] == [None]


@pytest.mark.parametrize(
    ("text", "flaw"), [("", "not JSON"), ("{", "not JSON"), ("[1]", "not JSON"), ('{"answer": null}', "answer: Input")]
)
def test_what_is_no_form_is_told_apart_from_one(text, flaw) -> None:
    with pytest.raises(InvalidReply, match=flaw):
        read_form(Form, text)


@pytest.mark.parametrize("items", [3, 300])
@pytest.mark.parametrize("before", ["", "Here is the list: "])
def test_a_form_is_read_however_long_its_lists_are(items: int, before: str) -> None:
    class Many(BaseModel):
        rows: list[Form]

    written = before + json.dumps({"rows": [{"answer": 1}] * items})
    assert len(read_form(Many, written).rows) == items
    with pytest.raises(InvalidReply, match=r"rows\.0\.answer"):
        read_form(Many, written.replace(": 1", ": null"))


@given(st.text())
def test_any_text_is_a_form_or_an_invalid_reply(text) -> None:
    try:
        assert isinstance(read_form(Form, text), Form)
    except InvalidReply:
        pass


def test_the_best_of_three_drafts_is_the_one_that_the_model_chooses() -> None:
    def draft_or_choice(number: int, sent: dict):
        if "response_format" in sent:
            return body(completion('{"draft": 2}'))
        return body(completion(f"draft with luck {sent['seed']}", 10, 5))

    with serving(draft_or_choice) as server:
        model = OpenAIChat(server.url, "m")
        reply = asyncio.run(BestOf(model, 3).answer(QUESTION, seed=1))
        drafts, (choice,) = server.bodies[:3], server.bodies[3:]
    assert reply.usage == Usage(30, 15) and len({sent["seed"] for sent in drafts}) == 3
    assert {sent["temperature"] for sent in drafts} == {0.8} and "temperature" not in choice
    shown = choice["messages"][-1]["content"]
    assert f"# Draft 2\n{reply.text}\n" in shown
    assert set(model.client_pool.ledger.totals()) == {"agent", "best_of"}


REFUSED_DRAFT = body({**completion(None), "choices": [{"message": {"content": None, "refusal": "I won't"}}]})


@pytest.mark.parametrize("flaw", [body({"choices": []}), REFUSED_DRAFT], ids=["invalid", "refused"])
def test_a_draft_that_fails_costs_no_other(flaw) -> None:
    def draft_or_choice(number: int, sent: dict):
        if "response_format" in sent:
            return body(completion('{"draft": 2}'))
        return flaw if number == 1 else body(completion(f"draft with luck {sent['seed']}", 10, 5))

    with serving(draft_or_choice) as server:
        model = OpenAIChat(server.url, "m", concurrency=1)
        reply = asyncio.run(BestOf(model, 3).answer(QUESTION, seed=1))
        shown = server.bodies[3]["messages"][-1]["content"]
    assert (
        "# Draft 2" in shown
        and "# Draft 3" not in shown
        and reply.text == f"draft with luck {server.bodies[2]['seed']}"
    )
    booked = model.client_pool.ledger.totals()["agent"]
    assert booked["calls"]["ok"] == 2
    assert reply.usage == Usage(booked["prompt_tokens"], booked["completion_tokens"]), "as the ledger has it"


def test_without_a_single_draft_there_is_no_reply() -> None:
    with serving(lambda number, _: body({"choices": []})) as server, pytest.raises(InvalidReply):
        asyncio.run(BestOf(OpenAIChat(server.url, "m"), 3).answer(QUESTION, seed=1))


def test_drafts_that_a_dead_server_swallows_are_not_left_out() -> None:
    fault = status(500)
    with serving(lambda number, _: fault if number == 1 else None) as server, pytest.raises(TransportError):
        asyncio.run(BestOf(OpenAIChat(server.url, "m", max_retries=0), 3).answer(QUESTION, seed=1))


class Letter(BaseModel):
    greeting: Annotated[str, Field(max_length=100)]
    lines: Annotated[list[Annotated[str, Field(min_length=3, max_length=300)]], Field(max_length=6)]


@given(st.integers(1, 400))
def test_texts_of_a_form_fit_its_tokens(tokens: int) -> None:
    schema = response_format(Letter, tokens)["json_schema"]["schema"]["properties"]
    greeting, line = schema["greeting"]["maxLength"], schema["lines"]["items"]["maxLength"]
    assert 1 <= greeting <= 100 and 3 <= line <= 300
    assert greeting + line <= max(tokens, 4)
    assert 1 <= schema["lines"]["maxItems"] <= max(tokens // 48, 1)
    assert Letter.model_json_schema()["properties"]["greeting"]["maxLength"] == 100


class Says:
    """A model that fills in any form with `data`."""

    def __init__(self, data: dict | ChatError) -> None:
        self.data = data

    async def answer_as(self, form, messages, *, seed, max_tokens=512):
        if isinstance(self.data, ChatError):
            raise self.data
        return form.model_validate(self.data)

    async def answer(self, messages, *, seed, max_tokens=512) -> Reply:
        return Reply(self.data)


@pytest.mark.parametrize(
    ("label", "confidence", "value"),
    [("neg_constraint_restate", 0.9, -1.0), ("neg_correction", 0.6, -0.8), ("neg_confusion", 0.7, -0.6),
     ("pos_praise", 1.0, 0.8), ("pos_progress", 0.8, 0.1), ("neutral", 0.8, 0.0), ("topic_shift", 1.0, None),
     ("pos_praise", 0.59, None)],
)  # fmt: skip
def test_the_judges_labels_and_what_is_skipped(label, confidence, value) -> None:
    judge = JudgedReward(Says({"rationale": "", "label": label, "confidence": confidence}))
    reward = asyncio.run(judge.rate("q", "a", "m"))
    assert (reward.value, reward.label) == (value, label)


def test_an_unreachable_judge_is_no_verdict() -> None:
    with pytest.raises(TransportError):
        asyncio.run(JudgedReward(Says(TransportError("away"))).rate("q", "a", "m"))


ITEM = {"quote": "in  Bullets", "condition": "", "action": "use bullets", "negated": False, "confidence": 0.8}


def test_a_bad_item_costs_no_other_and_what_nobody_said_is_left_out() -> None:
    items = [ITEM, {**ITEM, "confidence": 7}, "bullets", {**ITEM, "quote": "never said", "action": "use tables"}, ITEM]
    extractor = LLMExtractor(Says({"preferences": items}), fell_back=pytest.fail)
    (found,) = asyncio.run(extractor.extract("Answer in bullets, please."))
    assert (found.action, found.scope, found.negated) == ("use bullets", "global", False)


@pytest.mark.parametrize("kind", ["llm", "finetuned"])
def test_a_useless_extractor_gives_way_to_the_rules_loudly(kind, caplog) -> None:
    fallen = []
    extractor = (
        LLMExtractor(Says(InvalidReply("no JSON")), fallen.append)
        if kind == "llm"
        else FineTunedExtractor(Says("no JSON"), fallen.append)
    )
    with caplog.at_level(logging.WARNING):
        (found,) = asyncio.run(extractor.extract("Please always use bullet points."))
    assert "bullet" in found.action and len(fallen) == 1 and "the rules read this message" in caplog.text


def test_the_fine_tuned_extractors_own_format_is_read() -> None:
    text = (
        '{"preferences": [{"condition": "writing code", "action": "avoid comments", "confidence": 0.9}, {"action": 3}]}'
    )
    (found,) = asyncio.run(FineTunedExtractor(Says(text), pytest.fail).extract("No comments in code."))
    assert (found.condition, found.negated, found.scope) == ("writing code", True, "conditional")
