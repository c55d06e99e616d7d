"""Our memory beside other libraries' with the language model that these are made for, under a part of the probes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd

from pum.analysis.tables import write_csv
from pum.assistant.personalized_llm import load_resources
from pum.config.params import load_params
from pum.config.servers import ServerParams
from pum.experiments.memory_contract.compare import play_elsewhere
from pum.experiments.memory_contract.material import Material, load_material
from pum.experiments.memory_contract.others_llm import row
from pum.experiments.memory_contract.ours import METHOD, Ours
from pum.retrieval.embed import CachedEmbedder

# A small model takes seconds for each message. The first of each kind, of those that no rule of ours was written on.
_CHANGES, _COMPANIONS, _SUBJECTS, _WISHES = 16, 6, 6, 1
_MAX_TOKENS = 384


def compare_with_llm(server: ServerParams, output: Path) -> pd.DataFrame:
    """The table, also written to `output`. `server` has the model that the libraries ask; ours asks none.

    InputError without the environment that `make memories` makes.
    """
    params = load_params()
    resources = load_resources(params)
    material = part_of(load_material(("heldout",)), load_material())
    given = {**asdict(material), "wishes": material.wishes[:_WISHES]}
    ours = {"memory": "pum", "version": "", "mode": f"no LLM: method {METHOD}", **row(Ours(params, resources), given)}
    model = {"name": server.model, "url": server.replicas[0].url, "max_tokens": _MAX_TOKENS}
    with vectors_at(resources.embedder) as address:
        others = play_elsewhere(
            "pum.experiments.memory_contract.others_llm", {**given, "model": model, "vectors_from": address}
        )
    asked = [{**other, "mode": f"{other['mode']}, {server.model}"} for other in others]
    table = pd.DataFrame([ours, *asked])
    write_csv(table, output)
    return table


def part_of(unseen: Material, everything: Material) -> Material:
    """As much as can be afforded."""
    return Material(
        changes=unseen.changes[:_CHANGES],
        companions=everything.companions[:_COMPANIONS],
        subjects=everything.subjects[:_SUBJECTS],
        praise=everything.praise,
    )


@contextmanager
def vectors_at(embedder: CachedEmbedder) -> Iterator[str]:
    """The address, on this machine alone, at which a posted JSON list of texts gets its vectors."""
    lock = threading.Lock()

    class Vectors(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                body = json.dumps(embedder.encode(texts).tolist()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Vectors)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
