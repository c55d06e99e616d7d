"""The plan past one node: its arithmetic, and that docs/scale.md shows what params.yaml gives."""

import pytest

from pum.analysis.throughput import PerSession, busy, costs, nodes_for, seconds
from pum.config.params import load_params
from pum.core.paths import ROOT

SESSION = PerSession(turns=5.0, agent_prompt=5000.0, agent_completion=400.0, user_completion=200.0, disk=500.0)


def table() -> str:
    shown = costs(load_params().scale, SESSION)
    rows = [
        f"| {row['sessions']:,} | {row['nodes']} | {row['hours']:,.1f} | {row['gpu_hours']:,.0f} "
        f"| {row['hours_api']:,.0f} |"
        for row in shown
    ]
    return "\n".join(
        ["| sessions | nodes | hours | GPU hours | hours through an API |", "|---|---|---|---|---|", *rows]
    )


def test_the_document_shows_the_plan_of_params() -> None:
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- plan -->\n")[2].partition("\n<!-- /plan -->")[0]
    assert shown == table()


def test_the_published_rates_give_the_published_times() -> None:
    one = {(row["sessions"], row["nodes"]): row for row in costs(load_params().scale, SESSION)}[18000, 1]
    assert (one["hours"], one["gpu_hours"], one["hours_api"]) == (9.0, 36.0, 300.0)
    assert one["billion_tokens"] == pytest.approx(18000 * 5600 / 1e9)
    assert nodes_for(load_params().scale, 1_800_000, days=1) == 38


def test_a_role_is_busy_by_what_it_reads_and_writes() -> None:
    scale = load_params().scale
    agent = scale.roles["agent"]
    tokens = 5000 * (1 - agent.cached) + 400
    assert seconds(scale, "agent", SESSION) == pytest.approx(2 * 8e9 * tokens / (312e12 * scale.of_peak))
    rates = busy(scale, SESSION)
    assert min(rates, key=rates.get) == "embedder_and_reranker"
    uncached = {role: seconds(scale, role, SESSION, prefix_cache=False) for role in scale.roles}
    assert max(uncached, key=uncached.get) == "user"
