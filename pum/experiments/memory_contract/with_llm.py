"""The suites of contradictions, played by the rules alone and by the rules with a served model for what they do not
tell."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from pum.analysis.tables import write_csv
from pum.assistant.personalized_llm import Components, local_extractor
from pum.config.params import Params
from pum.config.servers import ServerParams
from pum.experiments.memory_contract import probes
from pum.experiments.memory_contract.material import load_material
from pum.experiments.memory_contract.ours import Ours
from pum.llm.client_pool import ClientPool
from pum.methods.method import Resources
from pum.runner.build import CONTRADICTIONS, CONTRADICTIONS_FALLBACK, contradiction_judge

AT_ONCE = 16
"""So many pairs are played at once: a server answers many calls in little more time than one."""


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
