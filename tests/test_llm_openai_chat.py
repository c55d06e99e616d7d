import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pum.core.errors import InputError
from pum.core.schemas import Message, Reply, Usage
from pum.llm.chat_model import ChatError
from pum.llm.openai_chat import OpenAIChat

KEY = "sk-secret-0123456789"
QUESTION = [Message(role="system", content="Be brief."), Message(role="user", content="2 + 2?")]


def completion(text: str | None, usage: bool = True) -> dict:
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
    }
    return body | ({"usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}} if usage else {})


class ScriptedServer(ThreadingHTTPServer):
    """Answers the n-th request with the n-th (status, body) of `script`, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict]] = []
        self.received: list[dict] = []
        self.lock = threading.Lock()
        self.at_once = self.most_at_once = 0
        self.hold = threading.Event()
        self.hold.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.received.append(body | {"path": self.path, "authorization": self.headers["Authorization"]})
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            status, answer = self.server.script.pop(0)
        self.server.hold.wait(0.05)
        with self.server.lock:
            self.server.at_once -= 1
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[ScriptedServer]:
    monkeypatch.setenv("TINY_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-alone")
    with ScriptedServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def chat(server: ScriptedServer, **settings: object) -> OpenAIChat:
    return OpenAIChat(f"http://127.0.0.1:{server.server_port}/v1", "tiny", **{"api_key_env": "TINY_KEY", **settings})


def ask(model: OpenAIChat, **settings: object) -> Reply:
    return asyncio.run(model.answer(QUESTION, seed=5, **settings))


def test_a_reply_carries_the_text_and_the_servers_own_token_counts(server):
    server.script = [(200, completion("4"))]
    assert ask(chat(server, temperature=0.5), max_tokens=64) == Reply("4", Usage(11, 3))
    (sent,) = server.received
    assert sent["path"] == "/v1/chat/completions"
    assert sent["authorization"] == f"Bearer {KEY}"
    assert {key: sent[key] for key in ("model", "messages", "seed", "max_tokens", "temperature")} == {
        "model": "tiny",
        "messages": QUESTION,
        "seed": 5,
        "max_tokens": 64,
        "temperature": 0.5,
    }


def test_missing_usage_is_no_error(server):
    server.script = [(200, completion("4", usage=False))]
    assert ask(chat(server)) == Reply("4", Usage())


def test_seeds_of_any_size_are_sent_as_one_that_every_server_reads(server):
    server.script = [(200, completion("4"))]
    asyncio.run(chat(server).answer(QUESTION, seed=2**63 + 9))
    assert server.received[0]["seed"] == 9


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_transient_error_is_tried_again(server, status):
    server.script = [(status, {"error": {"message": "busy"}}), (200, completion("4"))]
    assert ask(chat(server)).text == "4"
    assert len(server.received) == 2


def test_retries_end(server):
    server.script = [(500, {"error": {"message": f"no luck with {KEY}"}})] * 3
    with pytest.raises(ChatError, match=r"model tiny at http://127.*no luck with \*\*\*") as caught:
        ask(chat(server, max_retries=2))
    assert len(server.received) == 3
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, r"refused the key in TINY_KEY \(401\)"), (403, "refused the key"), (404, "no such route or model")],
)
def test_what_the_user_must_mend_is_not_tried_again_and_hides_the_key(server, status, message):
    server.script = [(status, {"error": {"message": f"Incorrect API key provided: {KEY}"}})] * 2
    model = chat(server)
    with pytest.raises(InputError, match=message) as caught:
        ask(model)
    assert len(server.received) == 1
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r} {model!r}"


def test_a_bad_request_is_not_tried_again(server):
    server.script = [(400, {"error": {"message": "context too long"}})] * 2
    with pytest.raises(ChatError, match="context too long"):
        ask(chat(server))
    assert len(server.received) == 1


def test_no_more_requests_than_slots_are_under_way(server):
    server.hold.clear()
    server.script = [(200, completion(str(n))) for n in range(6)]
    model = chat(server, concurrency=2)

    async def all_six() -> list[Reply]:
        return await asyncio.gather(*(model.answer(QUESTION, seed=n) for n in range(6)))

    assert sorted(reply.text for reply in asyncio.run(all_six())) == list("012345")
    assert server.most_at_once == 2


def test_it_can_be_used_from_one_event_loop_after_another(server):
    server.script = [(200, completion("1")), (200, completion("2"))]
    model = chat(server)
    assert [ask(model).text, ask(model).text] == ["1", "2"]


def test_a_local_server_needs_no_key_and_openai_does(server, monkeypatch):
    monkeypatch.delenv("TINY_KEY")
    monkeypatch.delenv("OPENAI_API_KEY")
    server.script = [(200, completion("4"))]
    assert ask(chat(server)).text == "4"
    with pytest.raises(InputError, match="set OPENAI_API_KEY"):
        ask(OpenAIChat(None, "gpt-4o-mini"))


@pytest.mark.parametrize("value", ["sk-sécret", "sk-se\ncret", "sk-“secret”"])
def test_a_key_that_no_header_can_hold_is_refused_by_the_variables_name(server, monkeypatch, value):
    monkeypatch.setenv("TINY_KEY", value)
    with pytest.raises(InputError, match="TINY_KEY is not a key") as caught:
        ask(chat(server))
    assert "cret" not in f"{caught.value!r} {caught.value.__cause__!r}" and server.received == []


def test_blanks_around_a_key_are_none_of_it(server, monkeypatch):
    monkeypatch.setenv("TINY_KEY", f" {KEY}\n")
    server.script = [(200, completion("4"))]
    ask(chat(server))
    assert server.received[0]["authorization"] == f"Bearer {KEY}"


def test_openai_is_openai_whatever_the_environment_calls_by_its_name(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    async def address() -> str:
        (endpoint,) = OpenAIChat(None, "gpt-4o-mini").endpoints
        async with endpoint.slot() as client:
            return str(client.base_url)

    assert asyncio.run(address()) == "https://api.openai.com/v1/"


def test_nobody_listening_is_a_chat_error(server):
    server.script = []
    address = "http://127.0.0.1:9/v1"
    with pytest.raises(ChatError, match="127.0.0.1:9"):
        ask(OpenAIChat(address, "tiny", max_retries=0))


@pytest.mark.parametrize("settings", [{"concurrency": 0}, {"max_retries": -1}, {"timeout_s": 0}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(InputError):
        OpenAIChat("http://127.0.0.1:9/v1", "tiny", **settings)
