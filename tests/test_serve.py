"""Servers are started as params.yaml says and stopped with their children; the doctor says what would not work."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from pum.cli.app import main
from pum.config.params import load_params
from pum.config.servers import Replica, ServerParams
from pum.core.errors import IncompleteRun, InputError
from pum.serving import vllm as serving_module
from pum.serving.doctor import Finding, examine, imagined, memory
from pum.serving.vllm import all_running, answers, command, environment, running
from tests.model_server import KEY, serving

LAYOUTS = {name: load_params().layout(name) for name in load_params().servers}
CPU = ServerParams(model="m", weights="w", replicas=(Replica(url="http://127.0.0.1:8799/v1"),))


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "_python", lambda: sys.executable)


def options(words: list[str]) -> dict[str, str]:
    return dict(zip(words[3::2], words[4::2], strict=False))


def test_the_seventy_billion_user_is_spread_over_two_gpus(python: None, monkeypatch: pytest.MonkeyPatch) -> None:
    user = LAYOUTS["fullscale"]["user"]
    (replica,) = user.replicas
    given = options(command("user", user, replica))
    assert given["--tensor-parallel-size"] == "2" and given["--quantization"] == "awq_marlin"
    assert given["--max-model-len"] == "16384" and given["--gpu-memory-utilization"] == "0.9"
    assert given["--port"] == "8101" and given["--model"] == user.weights
    assert environment(replica)["CUDA_VISIBLE_DEVICES"] == "0,1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7,9")  # a job's share of a node
    assert environment(replica)["CUDA_VISIBLE_DEVICES"] == "4,7"


def test_retrievers_are_served_for_pooling(python: None) -> None:
    for role in ("embedder", "reranker"):
        server = LAYOUTS["fullscale"][role]
        words = command(role, server, server.replicas[0])
        assert options(words)["--runner"] == "pooling" and "--enable-prefix-caching" not in words
    assert json.loads(options(words)["--hf-overrides"])["classifier_from_token"] == ["no", "yes"]


def test_a_server_on_the_cpu_is_given_no_gpu(python: None) -> None:
    words = command("agent", CPU, CPU.replicas[0])
    assert "--tensor-parallel-size" not in words
    assert environment(CPU.replicas[0])["VLLM_CPU_KVCACHE_SPACE"]


# Answers like a server, and has a child, whose number it writes down.
STAND_IN = """
import subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "w").write(str(child.pid))
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(b'{"data": [{"id": "m"}]}')
HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def is_free(port: int) -> bool:
    """Below 32,768 the system gives no port to others' connections meanwhile."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServerParams:
    port = next(port for port in range(20_000 + os.getpid() % 10_000, 32_000) if is_free(port))
    monkeypatch.setattr(serving_module, "SERVERS", tmp_path / "servers")
    words = [sys.executable, "-c", STAND_IN, str(tmp_path / "child"), str(port)]
    monkeypatch.setattr(serving_module, "command", lambda *_: words)
    monkeypatch.setattr(serving_module, "_python", lambda: sys.executable)
    return ServerParams(model="m", replicas=(Replica(url=f"http://127.0.0.1:{port}/v1"),))


def test_a_server_says_where_it_is_and_goes_with_its_children(stand_in: ServerParams, tmp_path: Path) -> None:
    with running("agent", stand_in, stand_in.replicas[0], "test-agent-0") as process:
        told = json.loads((tmp_path / "servers" / "test-agent-0.json").read_text())
        assert told == {"url": stand_in.replicas[0].url, "model": "m", "pid": process.pid}
        child = int((tmp_path / "child").read_text())
        assert alive(child)
    assert not (tmp_path / "servers" / "test-agent-0.json").exists()
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child) and process.poll() is not None


def test_a_server_that_does_not_start_says_why(stand_in: ServerParams, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-c", "raise SystemExit('out of memory')"]
    monkeypatch.setattr(serving_module, "command", lambda *_: words)
    with pytest.raises(IncompleteRun, match=r"ended with 1 \(out of memory\); see .*test-agent-0.log"):
        with running("agent", stand_in, stand_in.replicas[0], "test-agent-0"):
            pass


def test_an_address_that_is_taken_is_refused_before_a_server_is_started(stand_in: ServerParams, tmp_path: Path) -> None:
    """Else what answers there would be taken for it, whatever its model, and whoever stops it."""
    with serving(port=int(stand_in.replicas[0].url.split(":")[2].split("/")[0])):
        with pytest.raises(InputError, match=r"a server answers there already; stop it, or give agent another port"):
            with running("agent", stand_in, stand_in.replicas[0], "test-agent-0"):
                pass
    assert not (tmp_path / "child").exists()


def test_a_server_with_another_model_is_stopped_and_told(stand_in: ServerParams, tmp_path: Path) -> None:
    other = stand_in.model_copy(update={"model": "other"})
    with pytest.raises(IncompleteRun, match=r"the server has m, not other; see .*test-agent-0.log"):
        with running("agent", other, other.replicas[0], "test-agent-0"):
            pass
    assert not answers(other.replicas[0].url) and not list((tmp_path / "servers").glob("*.json"))


def test_roles_that_share_a_replica_share_its_server(
    stand_in: ServerParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with all_running({"agent": stand_in, "judge": stand_in}, "range"):
        assert [path.name for path in (tmp_path / "servers").glob("*.json")] == ["range-agent-0.json"]
    assert not answers(stand_in.replicas[0].url)


def flaws(found: list[Finding]) -> str:
    return "\n".join(finding.text for finding in found if not finding.ok)


def test_the_published_layout_fits_on_four_gpus_of_80_gb_and_on_no_fewer() -> None:
    assert flaws(list(memory(LAYOUTS["fullscale"], imagined("4x80")))) == ""
    assert "there is no GPU 3" in flaws(list(memory(LAYOUTS["fullscale"], imagined("3x80"))))
    small = flaws(list(memory(LAYOUTS["fullscale"], imagined("4x24"))))
    assert "embedder: qwen3-embedding-8b on GPU 3" in small and "too large" in small


def test_a_gpu_that_is_given_away_twice_is_found() -> None:
    layout = {role: LAYOUTS["fullscale"][role].model_copy(update={"memory": 0.6}) for role in ("embedder", "reranker")}
    assert "GPU 3: embedder 0.60 + reranker 0.60 = 1.20" in flaws(list(memory(layout, imagined("4x80"))))


def test_a_cache_too_small_for_one_conversation_is_found() -> None:
    layout = {"user": LAYOUTS["fullscale"]["user"].model_copy(update={"context": 1_000_000})}
    assert "less than the context of 1000000" in flaws(list(memory(layout, imagined("4x80"))))


def test_the_doctor_tells_who_answers_and_with_which_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as server:
        here = ServerParams(model="m", replicas=(Replica(url=server.url),))
        layout = {
            "agent": here,
            "judge": here.model_copy(update={"model": "other"}),
            "openai": LAYOUTS["small"]["openai"],
        }
        found = examine({"agent": here, "openai": layout["openai"]}, {})
        assert flaws(found) == "" and f"agent: {server.url} serves m" in [finding.text for finding in found]
        assert "not other" in flaws(examine({"judge": here.model_copy(update={"model": "other"})}, {}))
    assert "does not answer" in flaws(examine({"agent": here}, {}))


@pytest.mark.parametrize(("value", "says"), [("", "set OPENAI_API_KEY"), ("sk-é", "OPENAI_API_KEY is not a key")])
def test_the_doctor_looks_for_the_key_of_a_hosted_role(value: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    assert f"openai: gpt-5-mini at OpenAI: {says}" in flaws(examine({"openai": LAYOUTS["small"]["openai"]}, {}))


def test_the_doctor_shows_its_key_and_says_who_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        server.only_with = f"Bearer {KEY}"
        layout = {"agent": ServerParams(model="m", api_key_env="MODEL_KEY", replicas=(Replica(url=server.url),))}
        monkeypatch.setenv("MODEL_KEY", KEY)
        assert flaws(examine(layout, {})) == ""
        monkeypatch.setenv("MODEL_KEY", "sk-other")
        assert flaws(examine(layout, {})) == f"agent: {server.url} refuses the key in MODEL_KEY (401)"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["doctor", "--servers", "smal"], "smal"),
        (["doctor", "--gpus", "four"], "four"),
        (["serve", "--role", "embedder"], "no role embedder"),
        (["serve", "--role", "openai"], "no replicas"),
        (["serve", "--role", "cook"], "cook"),
    ],
)
def test_bad_input_is_one_line(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_stops_its_server(
    number: signal.Signals, stand_in: ServerParams, tmp_path: Path
) -> None:
    """SIGTERM, as a job scheduler sends it, and SIGHUP, as a closed terminal does."""
    port = stand_in.replicas[0].url.split(":")[2].split("/")[0]
    words = [sys.executable, "-c", STAND_IN, str(tmp_path / "child"), port]
    code = (
        "import signal, sys; from pathlib import Path\n"
        "from pum.config.servers import *; from pum.serving import vllm as serve\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may themselves run under nohup\n"
        f"serve.SERVERS = Path({str(tmp_path / 'servers')!r})\n"
        f"serve.command, serve._python = lambda *_: {words!r}, lambda: sys.executable\n"
        f"replica = Replica(url={stand_in.replicas[0].url!r})\n"
        "serve.serve('agent', ServerParams(model='m', replicas=(replica,)), 'test')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert process.stdout.readline().startswith("agent: m at http://127")
    child = int((tmp_path / "child").read_text())
    process.send_signal(number)
    assert process.wait(10) == 0
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)
