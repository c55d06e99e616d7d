"""This project's memory and other libraries' under the same probes, without a language model and with one."""

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
from pum.core.files import read_json
from pum.core.paths import ROOT, WORK
from pum.experiments.memory_contract import others, probes
from pum.experiments.memory_contract.own import METHOD, Material, OwnMemory, load_material
from pum.extraction.rules import note_of
from pum.llm.client_pool import ClientPool
from pum.methods.method import Resources
from pum.retrieval.embed import CachedEmbedder
from pum.runner.build import CONTRADICTIONS, CONTRADICTIONS_FALLBACK, contradiction_judge

ENVIRONMENT = WORK / "venvs" / "memories"
_USERS = 3
# A small model takes seconds per message, so only the first of each kind are played, from unseen data where possible.
_CHANGES, _COMPANIONS, _SUBJECTS, _WISHES = 16, 6, 6, 1
_MAX_TOKENS = 384
AT_ONCE = 16
"""Pairs played at once: a server answers many calls in little more time than one."""


def compare(turns: Path, output: Path) -> pd.DataFrame:
    """Compare without a language model; returns the table, and writes it to `output`.

    `turns`: a run's turns.parquet; the memories get all messages of its first users. InputError without the environment
    that `make memories` makes.
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
    own = {
        "memory": "pum",
        "version": "",
        "mode": f"no LLM: method {METHOD}",
        "input": "messages",
        **others.row(OwnMemory(params, resources), given, resources.embedder.encode),
    }
    material_elsewhere = {**given, "notes": notes, "vectors": dict(zip(texts, vectors, strict=True))}
    table = pd.DataFrame([own, *_play_elsewhere(material_elsewhere)])
    write_csv(table, output)
    return table


def compare_with_llm(server: ServerParams, output: Path) -> pd.DataFrame:
    """Compare as `compare` does, with fewer probes, and with a language model (`server`) for the other libraries."""
    params = load_params()
    resources = load_resources(params)
    material = part_of(load_material(("heldout",)), load_material())
    given = {**asdict(material), "wishes": material.wishes[:_WISHES]}
    own = {
        "memory": "pum",
        "version": "",
        "mode": f"no LLM: method {METHOD}",
        **others.affordable_row(OwnMemory(params, resources), given),
    }
    model = {"name": server.model, "url": server.replicas[0].url, "max_tokens": _MAX_TOKENS}
    with vectors_at(resources.embedder) as address:
        rows = _play_elsewhere({**given, "model": model, "vectors_from": address})
    table = pd.DataFrame([own, *({**row, "mode": f"{row['mode']}, {server.model}"} for row in rows)])
    write_csv(table, output)
    return table


def said(turns: Path) -> dict[str, list[str]]:
    """First users -> their messages in all sessions, in order."""
    rows = pd.read_parquet(turns, columns=["seed", "user_id", "session", "turn", "message"])
    rows = rows[rows.seed == rows.seed.min()].sort_values(["user_id", "session", "turn"])
    users = rows.user_id.unique()[:_USERS]
    return {user: rows.message[rows.user_id == user].tolist() for user in users}


def part_of(unseen: Material, everything: Material) -> Material:
    """As much of the material as a small model can play."""
    return Material(
        changes=unseen.changes[:_CHANGES],
        companions=everything.companions[:_COMPANIONS],
        subjects=everything.subjects[:_SUBJECTS],
        praise=everything.praise,
    )


def _play_elsewhere(material: dict) -> list[dict]:
    """Rows of the other libraries, played in their environment; InputError if it is missing or they fail."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise InputError(f"{ENVIRONMENT}: no environment there; `make memories` makes it")
    with TemporaryDirectory() as folder:
        given, result = Path(folder, "material.json"), Path(folder, "result.json")
        given.write_text(json.dumps(material), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [str(python), "-m", others.__name__, str(given), str(result)]
        if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
            raise InputError("the other memories' probes failed; see their output above")
        return read_json(result)


@contextmanager
def vectors_at(embedder: CachedEmbedder) -> Iterator[str]:
    """Serve vectors on this machine; yields the address that answers a posted JSON list of texts."""
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
            """Log nothing."""

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
    """Compare the rules for contradictions alone with rules and a served model (`server`, in the role `judge`).

    Returns the table, and writes it to `output`: for each suite the share of pairs that went right (the newer
    preference injected and the older not; of compatible ones, both), the model's calls, and fallbacks to the rules.
    TransportError if the server does not answer.
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
        alone = _played(probe, pairs, partial(OwnMemory, params, resources))
        asked = _played(probe, pairs, partial(OwnMemory, asking, resources, components))
        rows += [
            _row(suite, "rules", alone, ClientPool()),
            _row(suite, f"rules, then {server.model}", asked, client_pool),
        ]
    table = pd.DataFrame(rows)
    write_csv(table, output)
    return table


def _played(probe: Callable[..., dict], pairs: Sequence[dict], fresh: Callable[[], OwnMemory]) -> dict:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        right = sum(pool.map(lambda pair: probe(fresh(), [pair])["count"], pairs))
    return probes.share(right, len(pairs))


def _row(suite: str, reader: str, right: dict, client_pool: ClientPool) -> dict:
    recorded = client_pool.ledger.totals()
    calls, fallbacks = (
        sum(recorded.get(purpose, {"calls": {}})["calls"].values())
        for purpose in (CONTRADICTIONS, CONTRADICTIONS_FALLBACK)
    )
    return {
        "suite": suite, "reader": reader, "pairs": right["of"], "right": right["count"], "share": right["share"],
        "calls": calls, "fallbacks": fallbacks,
    }  # fmt: skip
