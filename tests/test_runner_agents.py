"""Agents by kind: a new one is a file, and what is wrong with its settings is a line before the first session."""

import sys
from pathlib import Path

import pytest

import pum.runner.agents
from pum.assistant.components import check_role
from pum.config.params import AgentParams
from pum.config.servers import Replica, ServerParams
from pum.core.address import check_hosted
from pum.core.errors import InputError
from pum.core.validation import validated
from pum.retrieval.served import ServedEmbedderSettings
from pum.runner.agents import AGENTS, agent_of
from pum.runner.build import check
from pum.runner.config import RunConfig
from tests.small_runs import small_files, small_params

PARROT = '''
"""`parrot`: repeats the last message."""

from pum.core.schemas import Reply
from pum.core.validation import OfKind
from pum.runner.agents import AGENTS, Agent


class Settings(OfKind):
    times: int = 1


class Parrot:
    def __init__(self, times):
        self.times = times

    async def answer(self, messages, *, seed, max_tokens=0):
        return Reply(" ".join([messages[-1]["content"]] * self.times))


@AGENTS.register("parrot", Settings)
class ParrotAgent(Agent):
    is_simulated = True

    def build(self, config, world, embedder, client_pool):
        return Parrot(self.settings.times)
'''


def config(**agent: object) -> RunConfig:
    params = small_params()
    study = params.study("smoke").model_copy(update={"agent": AgentParams(**agent)})
    return RunConfig("smoke", study, "vanilla", params, small_files())


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ({"kind": "ofline"}, "unknown agent 'ofline': did you mean 'offline'?"),
        ({"kind": "offline", "calibrations": "x"}, "studies.smoke.agent.calibrations: no such key; did you mean"),
        ({"kind": "transformers"}, "studies.smoke.agent.model: Field required"),
        (
            {"kind": "openai", "base_url": None, "model": "m"},
            "studies.smoke.agent: give a base_url, or null with hosted",
        ),
        (
            {"kind": "openai", "base_url": "http://127.0.0.1:9", "hosted": True, "model": "m"},
            "studies.smoke.agent: http://127.0.0.1:9 is on your own network, so hosted: true must go",
        ),
    ],
)
def test_what_is_wrong_with_an_agent_is_said_before_the_first_session(agent: dict, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        check(config(**agent), tmp_path)
    assert told in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "http://8.8.8.8/v1", ["http://127.0.0.1:1", "http://a.com"]]
)
def test_an_address_that_is_not_ones_own_needs_hosted(url: str | list, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hosted: true"):
        check(config(kind="openai", base_url=url, model="m"), tmp_path)
    assert config(kind="openai", base_url=url, hosted=True, model="m").agent.settings.hosted
    urls = [url] if isinstance(url, str) else url
    role = ServerParams(model="m", replicas=tuple(Replica(url=one) for one in urls))
    with pytest.raises(InputError, match="not on your own network; "):
        check_role("judge", role)
    check_role("judge", role.model_copy(update={"hosted": True}))
    with pytest.raises(InputError, match="not on your own network; "):
        validated(ServedEmbedderSettings, {"url": urls[-1], "model": "m", "dimension": 3})
    for own in (["http://127.0.0.1:1"], ["http://127.0.0.1:1", "http://gpu-2.local/v1"]):
        with pytest.raises(InputError, match="on your own network, so hosted: true must go"):
            check_hosted(own, True)
        check_hosted(own, False)
    check_hosted([], True)


def test_an_agent_is_at_openai_where_that_is_said() -> None:
    assert config(kind="openai", base_url=None, hosted=True, model="m").agent.settings.hosted


def test_every_study_of_params_yaml_has_an_agent() -> None:
    params = small_params()
    assert {agent_of(study, name).settings.kind for name, study in params.studies.items()} <= set(AGENTS)


def test_a_new_agent_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parrots.py").write_text(PARROT)
    monkeypatch.setattr(pum.runner.agents, "__path__", [*pum.runner.agents.__path__, str(tmp_path)])
    monkeypatch.setattr(AGENTS, "_entries", dict(AGENTS._entries))
    try:
        agent = config(kind="parrot", times=2).agent
        assert agent.is_simulated and not agent.is_called
        assert agent.build(None, None, None, None).times == 2
        assert config(kind="parrot", times=2).digest != config(kind="parrot").digest
    finally:
        sys.modules.pop("pum.runner.agents.parrots", None)
