"""The notebooks of the calibration and of live against offline, from a scripted server to tables and figures."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pum.calibration.records import RecordBook
from pum.config.params import load_params
from pum.core.paths import NOTEBOOKS, ROOT
from pum.pipeline.notebook import read_notebook

REPLY = "- one way\n- another way\n\nAnswer: 4"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # Bullets only for those who asked for something: so the model does what it is told.
        text = REPLY if len(asked["messages"]) > 4 else "It is 4."
        body = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18},
        }
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def base_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def execute(notebook: str, parameters: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The code cells in this process; the names they leave behind."""
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(ROOT)  # the notebook changes it; undone at the end of the test
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    names: dict[str, object] = {}
    with matplotlib.rc_context():
        for cell in read_notebook(NOTEBOOKS / notebook).cells:
            if "parameters" in cell.metadata.get("tags", []):
                exec(compile(cell.source, notebook, "exec"), names)
                names |= parameters
            elif cell.cell_type == "code":
                exec(compile(cell.source, notebook, "exec"), names)
    return names


@pytest.mark.slow
def test_a_served_model_is_measured_fitted_and_drawn(
    base_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny.json"
    parameters = {"base_url": base_url, "model": "tiny", "weights": "", "rounds": 1, "concurrency": 8}
    files = {"journal": str(tmp_path / "journal.jsonl"), "output": str(path)}
    execute("calibrate_agent.ipynb", parameters | files, monkeypatch)
    data = json.loads(path.read_text())
    assert data["model"] == {"name": "tiny", "files": {}, "temperature": 0, "max_new_tokens": 160}
    assert data["counts"]["replies"] == len(RecordBook(tmp_path / "journal.jsonl")) > 100
    assert data["rates"]["asked by style"]["bullets"][0] == 1.0
    assert (
        "bullets" not in data["rates"]["unprompted by style"] or data["rates"]["unprompted by style"]["bullets"][0] < 1
    )

    execute("calibration.ipynb", {"calibration": str(path), "output": str(tmp_path)}, monkeypatch)
    made = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*"))
    assert set(made) >= {"figures/calibration.pdf", "figures/calibration.png", "results/tables/calibration.csv"}


@pytest.mark.slow
def test_06_compares_the_committed_runs_and_writes_the_same_bytes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        execute("06_live_vs_offline.ipynb", {"output": str(tmp_path / folder)}, monkeypatch)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert [file.as_posix() for file in files] == [
        "figures/live_vs_offline.pdf",
        "figures/live_vs_offline.png",
        "results/metrics/live_vs_offline.json",
        "results/tables/live_vs_offline.csv",
    ]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    rows = (tmp_path / "a" / "results" / "tables" / "live_vs_offline.csv").read_text().splitlines()[1:]
    assert {row.split(",")[0] for row in rows} == set(load_params().methods)
