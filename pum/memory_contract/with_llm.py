"""The suites of contradictions, played by the rules alone and by the rules with a served model for what they do not
tell."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pum.analysis.tables import write_csv
from pum.assistant import Helpers, local_extractor
from pum.llm.traffic import Traffic
from pum.memory_contract import probes
from pum.memory_contract.material import load_material
from pum.memory_contract.ours import Ours
from pum.methods.base import Resources
from pum.params import Params
from pum.runner.models import CONTRADICTIONS, CONTRADICTIONS_FALLBACK, contradiction_judge
from pum.servers import ServerParams

_SUITES: dict[str, Callable[[probes.Memory], dict]] = {
    "changes of mind, developed on": lambda memory: probes.flips(memory, load_material(("dev", "test")).changes),
    "changes of mind, written unseen": lambda memory: probes.flips(memory, load_material(("heldout",)).changes),
    "two wishes that go together": lambda memory: probes.both(memory, load_material().companions),
}


def compare_readers(params: Params, resources: Resources, server: ServerParams, output: Path) -> pd.DataFrame:
    """The table, also written to `output`: of each suite the share of pairs that went right (the newer wish injected
    and the older not; of wishes that go together, both), and what that took: calls of the model, and how often the
    rules stood in for it. `server` plays the role `judge`.

    TransportError when it does not answer.
    """
    asking = params.model_copy(update={"assistant": params.assistant.model_copy(update={"contradictions": "llm"})})
    rows = []
    for suite, probe in _SUITES.items():
        traffic = Traffic()
        judge = contradiction_judge(server, traffic)
        helpers = Helpers(local_extractor(params, resources.embedder), contradictions=judge)
        rows += [
            _row(suite, "rules", probe(Ours(params, resources)), Traffic()),
            _row(suite, f"rules, then {server.model}", probe(Ours(asking, resources, helpers)), traffic),
        ]
    table = pd.DataFrame(rows)
    write_csv(table, output)
    return table


def _row(suite: str, reader: str, right: dict, traffic: Traffic) -> dict:
    booked = traffic.ledger.totals()
    calls, fallbacks = (
        sum(booked.get(purpose, {"calls": {}})["calls"].values())
        for purpose in (CONTRADICTIONS, CONTRADICTIONS_FALLBACK)
    )
    return {
        "suite": suite, "reader": reader, "pairs": right["of"], "right": right["count"], "share": right["share"],
        "calls": calls, "fallbacks": fallbacks,
    }  # fmt: skip
