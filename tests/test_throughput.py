"""The benchmark of speed: its clocks and its growth are right on known cases, and it writes what its figure reads."""

import asyncio
import json
import time
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.analysis.figures.throughput import draw_throughput
from pum.analysis.throughput import throughput_table
from pum.config.params import load_params
from pum.config.servers import ServerParams
from pum.experiments.throughput import measure as command
from pum.experiments.throughput import parts
from pum.experiments.throughput.measure import slope
from pum.experiments.throughput.parts import Stopwatch, measure_latency


@given(st.floats(0.2, 3.0), st.floats(0.001, 10.0))
def test_the_growth_of_a_power_law_is_its_exponent(exponent: float, scale: float) -> None:
    sizes = [525, 1050, 2100]
    assert slope(sizes, [scale * size**exponent for size in sizes]) == pytest.approx(exponent)


class Kitchen:
    def cook(self) -> None:
        time.sleep(0.02)
        self.chop()

    def chop(self) -> None:
        time.sleep(0.01)

    async def serve(self) -> None:
        self.chop()
        time.sleep(0.005)


def test_only_the_innermost_clock_runs_and_every_method_is_given_back() -> None:
    before = dict(vars(Kitchen))
    watch, kitchen = Stopwatch(), Kitchen()
    with watch.on({"cooking": ((Kitchen, "cook"), (Kitchen, "serve")), "chopping": ((Kitchen, "chop"),)}):
        kitchen.cook()
        asyncio.run(kitchen.serve())
    assert dict(vars(Kitchen)) == before
    assert 0.025 <= watch.seconds["cooking"] < 0.1 and 0.02 <= watch.seconds["chopping"] < 0.1


def test_latency_is_of_real_decisions_among_that_many_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_ROUND", 3)
    monkeypatch.setattr(parts, "_ROUNDS", 2)
    table = measure_latency(load_params(), "rag_vector", sizes=(5, 80))
    assert [row["cards"] for row in table] == [5, 80]
    measured = ("retrieve", "score", "update", "save")
    for row in table:
        assert all(row[f"{part}_ms"] > 0 for part in measured)
        assert row["turn_ms"] == pytest.approx(sum(row[f"{part}_ms"] for part in measured), rel=0.5)


@pytest.mark.slow
def test_what_is_measured_is_written_beside_the_rest_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SIZES", (10, 100))
    monkeypatch.setattr(command, "_SCALES", (1, 2))
    params = load_params()
    study = params.study("smoke").model_copy(update={"n_sessions": 1})
    methods = {name: params.methods[name] for name in ("vanilla", "rag_vector")}
    params = params.model_copy(update={"studies": {**params.studies, "smoke": study}, "methods": methods})
    measured = command.measure(params, "smoke", 2, print)
    assert measured["sessions"] == 2 * len(params.methods)
    path = tmp_path / "metrics" / "throughput.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"live": 1}))
    command.merge_into(path, "offline", measured)
    data = json.loads(path.read_text())
    assert data["live"] == 1 and data["offline"] == measured
    table = throughput_table(data["offline"])
    assert set(table.measurement) == {"grid", "growth, more users", "growth, more sessions", "turn", "latency"}
    plt.close(draw_throughput(data["offline"], "small"))


def test_the_live_benchmark_is_kept_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {f"{way}_tokens_per_s": 9.0 for way in command.live.WAYS}
    measured = {"model": "m", "hardware": "none", "load": {"profiles": 8, "parallel": 1}, **ways}
    monkeypatch.setattr(command.live, "measure", lambda *arguments: measured)
    monkeypatch.setattr(command, "_MEASURED", tmp_path / "throughput.json")
    monkeypatch.setattr(command, "FIGURES", tmp_path)
    command.bench_live(ServerParams(model="m"), 1, print)
    assert '"live"' in (tmp_path / "throughput.json").read_text()
    assert (tmp_path / "throughput_live.png").stat().st_size > 1000
