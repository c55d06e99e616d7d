"""`offline`: the simulated agent, which reads the prompt and follows it as often as a real model was measured to."""

from pathlib import Path
from typing import Literal

from pum.bench.agent.curves import MEASURED, load_curves
from pum.bench.agent.instruction_parser import InstructionParser
from pum.bench.agent.offline import OfflineAgent
from pum.core.paths import ROOT
from pum.core.validation import OfKind
from pum.llm.client_pool import ClientPool
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.retrieval.grid import EmbedderParams
from pum.runner.agents import AGENTS, Agent


class Settings(OfKind):
    """`calibration`: how often it follows what, from the root. `reads_with`: the embedder by which it recognises what a
    note asks for; None: the assistant's own."""

    kind: Literal["offline"]
    calibration: str = MEASURED
    reads_with: EmbedderParams | None = None


@AGENTS.register("offline", Settings)
class Simulated(Agent):
    is_simulated = True

    @property
    def files(self) -> tuple[Path, ...]:
        return (ROOT / self.settings.calibration,)

    def build(self, config, world, embedder: CachedEmbedder, client_pool: ClientPool | None) -> OfflineAgent:
        catalogue, settings = tuple(world.catalogue.values()), self.settings
        reads_with = embedder if settings.reads_with is None else load_embedder(settings.reads_with)
        parser = InstructionParser(world.tasks, world.templates, catalogue, reads_with)
        return OfflineAgent(parser, load_curves(ROOT / settings.calibration), catalogue)
