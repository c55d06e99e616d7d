"""All measurements of speed on this machine, and the file that holds them; no rerun repeats them to the bit."""

import json
import multiprocessing
import os
import platform
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pum.analysis.figures import save, use_style
from pum.analysis.figures.throughput import draw_throughput_live
from pum.bench.tasks.collection import read_tasks
from pum.config.params import Params
from pum.config.servers import ServerParams
from pum.core.paths import DATA, FIGURES, RESULTS, WORK
from pum.experiments.throughput import live
from pum.experiments.throughput.grid import measure_grid, measure_growth
from pum.experiments.throughput.parts import SIZES, measure_latency, measure_parts
from pum.retrieval.embed import load_embedder
from pum.runner.config import RunConfig
from pum.runner.world import load_world

_MEASURED = RESULTS / "metrics" / "throughput.json"
_METHOD = "rag_vector"  # the method with every part


def bench_offline(params: Params, study: str, profiles: int, say: Callable[[str], None]) -> None:
    """Measure, and keep it under `offline` in results/metrics/throughput.json."""
    measured = measure(params, study, profiles, say)
    merge_into(_MEASURED, "offline", measured)
    say(f"{measured['sessions_per_hour']:,} sessions/h, growth exponent {measured['growth_exponent']}")


def bench_live(server: ServerParams, rounds: int, say: Callable[[str], None]) -> None:
    """Measure what sessions get of a served agent, keep it under `live` in the same file, and draw it."""
    measured = live.measure(server, read_tasks(DATA / "tasks.jsonl"), live.load_for(server), say, rounds)
    merge_into(_MEASURED, "live", measured)
    use_style()
    save(draw_throughput_live(measured), FIGURES, "throughput_live")


def measure(params: Params, study: str, profiles: int, say: Callable[[str], None]) -> dict:
    """All of it; parts are of `profiles` users, growth starts from half as many. The study's texts are encoded before.

    Latency has a process of its own: one thread, as a run's workers have, and its million cards do not count as the
    grid's memory.
    """
    config = RunConfig(study, params.study(study), _METHOD, params)
    load_embedder(params.embedder).encode(load_world(config).texts())
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="throughput-", dir=WORK) as scratch:
        folder = Path(scratch)
        measured = {
            **measure_grid(params, study, folder, say),
            **measure_parts(params, study, _METHOD, profiles, folder),
            **measure_growth(params, study, max(1, profiles // 2), folder, say),
            "hardware": f"{os.cpu_count()} x {platform.machine()} CPU, Python {platform.python_version()}",
        }
    return measured | {"latency": {"method": _METHOD, "cards": "synthetic", "table": _latency(params, say)}}


def _latency(params: Params, say: Callable[[str], None]) -> list[dict]:
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        table = pool.submit(measure_latency, params, _METHOD, SIZES).result()
    for row in table:
        say(f"{row['cards']:,} cards: {row['turn_ms']:.2f} ms a turn")
    return table


def merge_into(path: Path, key: str, measured: dict) -> None:
    """Put `measured` under `key`, beside what others wrote into the file."""
    data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**data, key: measured}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
