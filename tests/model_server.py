"""A server that speaks the chat protocol and means nothing: its replies are a function of the request, and it can be
told to fail in every way that servers fail."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-canary-0123456789abcdef"


def completion(text: object, prompt_tokens: int = 11, completion_tokens: int = 3) -> dict:
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def sensible(body: dict) -> dict:
    """A reply that depends on nothing but the request; of the form that it asks for."""
    messages = body["messages"]
    text = json.dumps(messages, sort_keys=True) + str(body.get("seed"))
    random_key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    form = body.get("response_format", {}).get("json_schema", {}).get("name")
    reply = json.dumps(_FORMS[form](random_key, body)) if form else f"Sure. Answer: {random_key % 50}"
    return completion(reply, len(text.split()), len(reply.split()))


def _schema(body: dict) -> dict:
    return body["response_format"]["json_schema"]["schema"]


_FORMS: dict[str, Callable[[int, dict], dict]] = {
    "Opening": lambda random_key, body: {"response": f"Hello, can you help me with problem {random_key % 9}?"},
    "UserTurn": lambda random_key, body: {
        "verdicts": ["no" if random_key % 2 else "yes"] * _schema(body)["properties"]["verdicts"].get("minItems", 0),
        "enforce": random_key % 2 == 1,
        "draft_answer": "unknown",
        "done": random_key % 3 == 0,
        "response": "Please use bullet points in every answer." if random_key % 2 else "Fine, go on.",
    },
    "Judgement": lambda random_key, body: {"rationale": "it says so", "label": "neg_correction", "confidence": 0.9},
    "Choice": lambda random_key, body: {"draft": 1 + random_key % 3},
    "Comparison": lambda random_key, body: {
        "wishes": [{"number": 1, "relation": ("same", "opposite", "other")[random_key % 3]}]
    },
    "Items": lambda random_key, body: {
        "preferences": [
            {
                "quote": body["messages"][-1]["content"][:20],
                "condition": "",
                "action": "use bullet points",
                "negated": False,
                "confidence": 0.9,
            }
        ]
    },
}


class ModelServer(ThreadingHTTPServer):
    """`fault(number, body)` may answer request `number` (from 0) in its own way, by returning what is done with the
    handler. `counted` is what it has told in `usage`; `bodies` all requests. It lists its models `only_with` that
    authorization, if there is one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, fault: "Fault | None" = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.fault, self.bodies, self.authorizations = fault, [], set()
        self.only_with: str | None = None
        self.counted = {"prompt_tokens": 0, "completion_tokens": 0}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


Handling = Callable[["_Handler"], None]
Fault = Callable[[int, dict], Handling | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_GET(self) -> None:
        if self.server.only_with not in (None, self.headers["Authorization"]):
            self.send_json(401, {"error": {"message": "no"}})
            return
        self.send_json(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.bodies)
            self.server.bodies.append(body)
            self.server.authorizations.add(self.headers["Authorization"])
            handling = self.server.fault(number, body) if self.server.fault else None
        if handling:
            handling(self)
            return
        answer = sensible(body)
        with self.server.lock:
            for name in self.server.counted:
                self.server.counted[name] += answer["usage"][name]
        self.send_json(200, answer)

    def send_json(self, status: int, answer: dict, **headers: str) -> None:
        self.send_body(status, json.dumps(answer).encode(), **headers)

    def send_body(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


def status(code: int, message: str = "no", **headers: str) -> Handling:
    return lambda handler: handler.send_json(code, {"error": {"message": message}}, **headers)


def body(content: bytes | dict) -> Handling:
    return lambda handler: handler.send_body(
        200, content if isinstance(content, bytes) else json.dumps(content).encode()
    )


def hang(handler: _Handler) -> None:
    time.sleep(30)  # longer than any client here waits; the threads of this server end with the process
    handler.close_connection = True


def cut(handler: _Handler) -> None:
    """Half an answer, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"mess')
    handler.wfile.flush()
    handler.connection.close()
    handler.close_connection = True


@contextmanager
def serving(fault: Fault | None = None, port: int = 0) -> Iterator[ModelServer]:
    with ModelServer(fault, port) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
