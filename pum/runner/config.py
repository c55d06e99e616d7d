"""The configuration of a run: a study, a method and its settings. Its digest names the run's working folder."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pum.bench.users.simulator import USERS
from pum.config.inherit import OWN_SECTIONS
from pum.config.params import Params, StudyParams
from pum.config.servers import Role, ServerParams
from pum.core.errors import InputError
from pum.core.files import sha256
from pum.core.imports import beside, data_named, reachable
from pum.core.paths import DATA, ROOT
from pum.methods.method import METHODS
from pum.runner.agents import Agent, agent_of

_USUAL_KEY = "OPENAI_API_KEY"

# These say how much is played, kept and done at once; they do not change any session.
_ONLY_ADD = {"n_profiles", "n_sessions", "parallel_profiles", "seeds", "transcripts"}


@dataclass(frozen=True)
class DataFiles:
    profiles: Path = DATA / "profiles.jsonl"
    tasks: Path = DATA / "tasks.jsonl"
    item_space: Path = DATA / "item_space.npz"
    preference_classifier: Path = DATA / "preference_classifier.json"
    reaction_classifier: Path = DATA / "reaction_classifier.json"
    detector: Path = DATA / "detector.safetensors"

    def check(self) -> None:
        for path in (self.profiles, self.tasks, self.item_space):
            if not path.is_file():
                raise InputError(f"{path}: no such file; the setup stage makes it (`dvc repro setup`)")


@dataclass(frozen=True)
class RunConfig:
    """One method in one study. `name` is the study's name; `params` are params.yaml with the study's own values.

    `played_together` runs share the budget of calls, and `played_at_once` of them share the number of concurrent
    requests per address.
    """

    name: str
    study: StudyParams
    method: str
    params: Params
    files: DataFiles = DataFiles()
    played_together: int = 1
    played_at_once: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", self.params.within(self.study))

    @property
    def call_budget(self) -> int | None:
        """This run's share of the budget; None: no limit."""
        whole = self.params.site.executor.call_budget
        return None if whole is None else max(whole // self.played_together, 1)

    @property
    def module(self) -> str:
        """The method's module; a variant has that of the method it varies."""
        return self.params.configured(self.method)[0]

    @property
    def settings(self) -> dict:
        return self.params.configured(self.method)[1]

    @cached_property
    def agent(self) -> Agent:
        """Who answers; InputError for settings that its kind does not have."""
        return agent_of(self.study, self.name)

    @cached_property
    def served(self) -> dict[Role, ServerParams]:
        """Role -> server, for every role that a served model plays."""
        assistant, study = self.params.assistant, self.study
        user_role = USERS[study.user].role
        wanted: dict[Role, bool] = {
            "agent": study.agent.kind == "served",
            **({user_role: True} if user_role else {}),
            "judge": "llm" in (assistant.reward_mode, assistant.contradictions),
            "extractor": assistant.extractor in ("llm", "finetuned"),
        }
        return {role: self.params.server(study, role) for role, is_wanted in wanted.items() if is_wanted}

    @property
    def needs_model(self) -> bool:
        """Does a real language model take part, on this machine or on a server?"""
        return not self.agent.is_simulated or bool(self.served)

    @property
    def needs_server(self) -> bool:
        return self.agent.is_called or bool(self.served)

    @property
    def key_names(self) -> set[str]:
        """The environment variables that may hold API keys of the run's servers."""
        sections = (*self.served.values(), self.agent.settings, self.params.embedder)
        names = {getattr(section, "api_key_env", _USUAL_KEY) for section in sections}
        reranker = self.settings.get("reranker")
        return names | ({reranker.get("api_key_env", _USUAL_KEY)} if isinstance(reranker, dict) else set())

    @cached_property
    def inputs(self) -> dict:
        study = self.study.model_dump(mode="json", exclude={*_ONLY_ADD, "servers", *OWN_SECTIONS})
        study["agent"] = self.agent.settings.model_dump(mode="json")
        served = {role: server.identity for role, server in self.served.items()}
        return {
            **({"servers": served} if served else {}),
            "method": self.method,
            "settings": self.settings,
            "study": study,
            "params": self.params.model_dump(mode="json", include={"seed", "embedder", "memory", "assistant", "world"}),
            "data": {path.name: sha256(path)[:16] for path in self._data_files()},
            "code": _digest(self._code),
        }

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits over the inputs, computed once: worker processes get the same value."""
        text = json.dumps(self.inputs, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def _code(self) -> list[Path]:
        """The code that a run of this method can import, and the texts it reads; other methods' files do not count."""
        module = METHODS[self.module].__module__.rpartition(".")[2]
        files = reachable("pum.runner.batch", chosen={"pum.methods": [module]}).values()
        named = (file for path in data_named(files) for file in ([path] if path.is_file() else sorted(path.iterdir())))
        return [*files, *beside(files), *named]

    def _data_files(self) -> list[Path]:
        """The data that the setup stage makes, and files that the parameters name."""
        paths = [self.files.item_space]
        if self.study.multisessioncollab:
            folder = Path(self.study.multisessioncollab.folder)
            paths += sorted(folder.glob("*.json*"))
        else:
            paths += [self.files.profiles, self.files.tasks]
        paths += self.agent.files
        if self.params.assistant.extractor == "trained":
            paths.append(self.files.preference_classifier)
        if self.params.assistant.extractor == "detector":
            paths.append(self.files.detector)
        if self.params.assistant.reward_mode == "trained":
            paths.append(self.files.reaction_classifier)
        if "vectors" in self.settings:
            paths.append(Path(self.settings["vectors"]))
        return paths


def _digest(files: Iterable[Path]) -> str:
    lines = (f"{path.relative_to(ROOT).as_posix()} {sha256(path)[:16]}" for path in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
