"""The truth about simulated users, for oracles."""

from collections.abc import Mapping
from functools import cached_property

from pum.bench.agent.instruction_parser import InstructionParser
from pum.bench.users.simulator import WRONG_ANSWER, UserSimulator
from pum.retrieval.embed import CachedEmbedder
from pum.runner.world import World


class SimulatedTruth:
    """`pum.methods.method.GroundTruth` of the users who are in a session; `current` has them by id."""

    def __init__(self, world: World, current: Mapping[str, UserSimulator], embedder: CachedEmbedder) -> None:
        self._world, self._current, self._embedder = world, current, embedder

    def applicable_notes(self, user_id: str) -> tuple[str, ...]:
        return tuple(preference.note for preference in self._current[user_id].applicable() if preference.style)

    def label_note(self, note: str) -> frozenset[str]:
        """The styles that the simulated agent would read in it."""
        return frozenset(style for style, _ in self._parser.instructions(note))

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        return tuple(sorted(self._places[tag] for tag in self._current[user_id].tags))

    @cached_property
    def _parser(self) -> InstructionParser:
        return InstructionParser((), self._world.templates, tuple(self._world.catalogue.values()), self._embedder)

    @cached_property
    def _places(self) -> dict[str, int]:
        """All tags that tasks and requests can have, in a fixed order."""
        bearers = (*self._world.tasks, *self._world.templates.openings, *self._world.templates.followups)
        tags = {WRONG_ANSWER}.union(*(bearer.tags for bearer in bearers))
        return {tag: place for place, tag in enumerate(sorted(tags))}
