"""Who answers in a study: `studies.NAME.agent` of params.yaml names a kind, with settings of its own.

A new kind of agent is a file in this package: a class with its settings, registered under its `kind`. `simulated` has
the rule-based agent, `real` has language models in this process, behind a URL, or of a layout of servers.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pum.config.params import StudyParams
from pum.core.registry import Registry
from pum.core.validation import OfKind, validated
from pum.llm.chat_model import ChatModel

if TYPE_CHECKING:
    from pum.llm.client_pool import ClientPool
    from pum.retrieval.embed import CachedEmbedder
    from pum.runner.config import RunConfig
    from pum.runner.world import World


class Agent(ABC):
    """One kind of agent, with its `settings`. `is_simulated`: no language model takes part, and results say so.
    `is_called`: over HTTP, so that whoever waits for it may do other work. `files` are what it reads."""

    is_simulated: ClassVar[bool] = False
    is_called: ClassVar[bool] = False
    files: tuple[Path, ...] = ()

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def build(
        self, config: "RunConfig", world: "World", embedder: "CachedEmbedder", client_pool: "ClientPool | None"
    ) -> ChatModel:
        """The model that answers in a run; its calls go through `client_pool`, where it makes any."""


AGENTS: Registry[type[Agent]] = Registry("agent", "pum.runner.agents")


def agent_of(study: StudyParams, name: str) -> Agent:
    """The agent of the study of this name; InputError for an unknown kind, an unknown setting or a bad value."""
    section = study.agent.model_dump()
    settings: OfKind = validated(AGENTS.settings_of(section["kind"]), section, at=("studies", name, "agent"))
    return AGENTS[settings.kind](settings)
