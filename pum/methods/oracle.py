"""`oracle`: the ceiling. It is told which of the user's preferences truly apply, and injects the J that matter most."""

from pydantic import PositiveInt

from pum.core.schemas import Decision
from pum.core.settings import Section
from pum.memory.state import UserState
from pum.methods.method import METHODS, Method, PromptContext


class Settings(Section):
    """`top_j`: the budget of notes, as in `rag`."""

    top_j: PositiveInt


@METHODS.register("oracle", Settings)
class Oracle(Method):
    """Knows the world; spends the same budget of notes as the others."""

    needs_ground_truth = True
    settings: Settings

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext(Decision(notes=self.truth.applicable_notes(state.user_id)[: self.settings.top_j]))
