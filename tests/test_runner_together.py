"""Runs played at the same time: all checked first, each as if it were alone, and one that fails stops no other."""

from pathlib import Path

import pytest

from pum.errors import IncompleteRun, InputError
from pum.params import OpenAIAgentParams, load_params
from pum.runner.config import RunConfig
from pum.runner.run import run
from pum.runner.together import run_together

PARAMS = load_params()


def config(method: str, **study: object) -> RunConfig:
    scale = PARAMS.study("smoke").model_copy(update={"n_profiles": 1, "n_sessions": 1} | study)
    return RunConfig("smoke", scale, method, PARAMS)


def test_nothing_is_played_when_one_cannot_start(tmp_path: Path) -> None:
    runs = [(config("vanilla"), tmp_path / "vanilla"), (config("rag", n_profiles=10**6), tmp_path / "rag")]
    with pytest.raises(InputError, match="n_profiles: 1000000 wanted"):
        run_together(runs, 1, work=tmp_path / "work")
    assert not list(tmp_path.rglob("results.json")) and not (tmp_path / "work").exists()


@pytest.mark.slow
def test_each_ends_as_if_alone_and_one_without_a_server_stops_no_other(tmp_path: Path) -> None:
    # Nothing listens on the discard port.
    away = OpenAIAgentParams(kind="openai", base_url="http://127.0.0.1:9/v1", model="none", timeout_s=1.0)
    runs = [
        (config("vanilla", agent=away), tmp_path / "away"),
        *((config(method), tmp_path / method) for method in ("vanilla", "oracle")),
    ]
    with pytest.raises(IncompleteRun, match="vanilla: the model stopped answering for 1 profiles"):
        run_together(runs, 2, work=tmp_path / "work")
    for method in ("vanilla", "oracle"):
        run(config(method), tmp_path / "alone" / method, work=tmp_path / "work")
        files = sorted(path.name for path in (tmp_path / method).iterdir() if path.name != "provenance.json")
        assert "results.json" in files
        for name in files:
            assert (tmp_path / method / name).read_bytes() == (tmp_path / "alone" / method / name).read_bytes(), name
