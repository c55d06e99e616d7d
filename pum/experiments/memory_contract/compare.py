"""Our memory and other libraries' side by side, under the same probes, without a language model and with one."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pum.analysis.tables import write_csv
from pum.assistant.personalized_llm import Components, load_resources, local_extractor
from pum.config.params import Params, load_params
from pum.config.servers import ServerParams
from pum.core.errors import InputError
from pum.core.paths import ROOT, WORK
from pum.experiments.memory_contract import others, probes
from pum.experiments.memory_contract.own import METHOD, Material, Ours, load_material
from pum.extraction.rules import note_of
from pum.llm.client_pool import ClientPool
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder
from pum.runner.build import CONTRADICTIONS, CONTRADICTIONS_FALLBACK, contradiction_judge

ENVIRONMENT = WORK / "venvs" / "memories"
_USERS = 3
# A small model takes seconds for each message. The first of each kind, of those that no rule of ours was written on.
_CHANGES, _COMPANIONS, _SUBJECTS, _WISHES = 16, 6, 6, 1
_MAX_TOKENS = 384
AT_ONCE = 16
"""So many pairs are played at once: a server answers many calls in little more time than one."""


def compare(turns: Path, output: Path) -> pd.DataFrame:
    """The table, also written to `output`. `turns`: a run's turns.parquet, whose first users' messages are all said.

    InputError without the environment that `make memories` makes.
    """
    params = load_params()
    resources = load_resources(params)
    material, conversations = load_material(), said(turns)
    messages = sorted({*material.texts(), *(message for of in conversations.values() for message in of)})
    extractor = local_extractor(params, resources.embedder)
    notes = {text: [note_of(preference) for preference in extractor.extract(text)] for text in messages}
    texts = sorted({*messages, *(note for of in notes.values() for note in of)})
    vectors = resources.embedder.encode(texts).tolist()
    given = {**asdict(material), "wishes": material.wishes, "conversations": conversations}
    ours = {
        "memory": "pum",
        "version": "",
        "mode": f"no LLM: method {METHOD}",
        "told": "messages",
        **others.row(Ours(params, resources), given, resources.embedder.encode),
    }
    told = {**given, "notes": notes, "vectors": dict(zip(texts, vectors, strict=True))}
    table = pd.DataFrame([ours, *_play_elsewhere(told)])
    write_csv(table, output)
    return table


def compare_with_llm(server: ServerParams, output: Path) -> pd.DataFrame:
    """As `compare`, under a part of the probes, with the language model that the libraries are made for.

    `server` has the model that they ask; ours asks none.
    """
    params = load_params()
    resources = load_resources(params)
    material = part_of(load_material(("heldout",)), load_material())
    given = {**asdict(material), "wishes": material.wishes[:_WISHES]}
    ours = {
        "memory": "pum",
        "version": "",
        "mode": f"no LLM: method {METHOD}",
        **others.affordable_row(Ours(params, resources), given),
    }
    model = {"name": server.model, "url": server.replicas[0].url, "max_tokens": _MAX_TOKENS}
    with vectors_at(resources.embedder) as address:
        rows = _play_elsewhere({**given, "model": model, "vectors_from": address})
    table = pd.DataFrame([ours, *({**row, "mode": f"{row['mode']}, {server.model}"} for row in rows)])
    write_csv(table, output)
    return table


def said(turns: Path) -> dict[str, list[str]]:
    """What the first users said in all their sessions, in order."""
    rows = pd.read_parquet(turns, columns=["seed", "user_id", "session", "turn", "message"])
    rows = rows[rows.seed == rows.seed.min()].sort_values(["user_id", "session", "turn"])
    users = rows.user_id.unique()[:_USERS]
    return {user: rows.message[rows.user_id == user].tolist() for user in users}


def part_of(unseen: Material, everything: Material) -> Material:
    """As much as can be afforded."""
    return Material(
        changes=unseen.changes[:_CHANGES],
        companions=everything.companions[:_COMPANIONS],
        subjects=everything.subjects[:_SUBJECTS],
        praise=everything.praise,
    )


def _play_elsewhere(material: dict) -> list[dict]:
    """What the other libraries make of the material, in their environment.

    InputError where there is no such environment, or they fail.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise InputError(f"{ENVIRONMENT}: no environment there; `make memories` makes it")
    with TemporaryDirectory() as folder:
        given, result = Path(folder, "material.json"), Path(folder, "result.json")
        given.write_text(json.dumps(material), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [str(python), "-m", others.__name__, str(given), str(result)]
        if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
            raise InputError("the other memories' probes failed; what they said stands above")
        return json.loads(result.read_text(encoding="utf-8"))


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


def compare_readers(params: Params, resources: Resources, server: ServerParams, output: Path) -> pd.DataFrame:
    """The table, also written to `output`: of each suite the share of pairs that went right (the newer wish injected
    and the older not; of wishes that go together, both), and what that took: calls of the model, and how often the
    rules stood in for it. `server` plays the role `judge`.

    TransportError when it does not answer.
    """
    asking = params.model_copy(update={"assistant": params.assistant.model_copy(update={"contradictions": "llm"})})
    suites = [
        ("changes of mind, developed on", probes.flips, load_material(("dev", "test")).changes),
        ("changes of mind, written unseen", probes.flips, load_material(("heldout",)).changes),
        ("two wishes that go together", probes.both, load_material().companions),
    ]
    rows = []
    for suite, probe, pairs in suites:
        client_pool = ClientPool()
        judge = contradiction_judge(server, client_pool)
        components = Components(local_extractor(params, resources.embedder), contradictions=judge)
        alone = _played(probe, pairs, partial(Ours, params, resources))
        asked = _played(probe, pairs, partial(Ours, asking, resources, components))
        rows += [
            _row(suite, "rules", alone, ClientPool()),
            _row(suite, f"rules, then {server.model}", asked, client_pool),
        ]
    table = pd.DataFrame(rows)
    write_csv(table, output)
    return table


def _played(probe: Callable[..., dict], pairs: Sequence[dict], fresh: Callable[[], Ours]) -> dict:
    """What the probe finds over all pairs, each said to a memory of its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        right = sum(pool.map(lambda pair: probe(fresh(), [pair])["count"], pairs))
    return probes.share(right, len(pairs))


def _row(suite: str, reader: str, right: dict, client_pool: ClientPool) -> dict:
    booked = client_pool.ledger.totals()
    calls, fallbacks = (
        sum(booked.get(purpose, {"calls": {}})["calls"].values())
        for purpose in (CONTRADICTIONS, CONTRADICTIONS_FALLBACK)
    )
    return {
        "suite": suite, "reader": reader, "pairs": right["of"], "right": right["count"], "share": right["share"],
        "calls": calls, "fallbacks": fallbacks,
    }  # fmt: skip
