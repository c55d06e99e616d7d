"""The throughput benchmark asks for the same tokens in every way, whatever the server makes of them."""

import json
from pathlib import Path

import pytest

from pum.bench.tasks.collection import read_tasks
from pum.config.servers import Replica, ServerParams
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.experiments.throughput.live import WAYS, Load, measure
from pum.experiments.throughput.measure import merge_into
from tests.model_server import body, completion, serving

TASKS = [task for task in read_tasks(DATA / "tasks.jsonl") if task.dataset == "algebra-linear"]
LOAD = Load(parallel=3, profiles=4, sessions=2, turns=3, longest=24)


def measured(fault) -> tuple[dict, list[dict]]:
    with serving(fault) as server:
        params = ServerParams(model="m", replicas=(Replica(url=server.url),))
        return measure(params, TASKS, LOAD, lambda line: None, rounds=1), server.bodies


def exact(number: int, sent: dict):
    """A server that writes as many tokens as it is asked for."""
    return body(completion("word", completion_tokens=sent["max_tokens"]))


@pytest.mark.slow
def test_every_way_asks_for_the_same_tokens(tmp_path: Path) -> None:
    found, sent = measured(exact)
    asked = {way: [] for way in WAYS}
    for request in sent:
        mark = request["messages"][0]["content"].split(")")[0].strip("(").split(" ")[0]
        assert request["ignore_eos"] and request["min_tokens"] == request["max_tokens"]
        if mark in asked:
            asked[mark].append((request["max_tokens"], json.dumps(request["messages"][1:])))
    assert {way: sorted(calls) for way, calls in asked.items()} == {way: sorted(asked["raw"]) for way in WAYS}
    assert found["load"]["requests"] == len(asked["raw"])
    assert found["load"]["generated_tokens"] == sum(tokens for tokens, _ in asked["raw"])
    for way in WAYS[1:]:
        ratio = found["continuous_tokens_per_s"] / found[f"{way}_tokens_per_s"]
        assert found[f"continuous_over_{way}"] == pytest.approx(ratio, rel=0.01)
    path = tmp_path / "throughput.json"
    path.write_text('{"offline": {"sessions_per_s": 9}}')
    merge_into(path, "live", found)
    assert json.loads(path.read_text()) == {"offline": {"sessions_per_s": 9}, "live": found}


def test_a_server_that_ends_replies_as_it_likes_is_refused() -> None:
    with pytest.raises(InputError, match="does not honour ignore_eos"):
        measured(lambda number, sent: body(completion("word", completion_tokens=1)))
