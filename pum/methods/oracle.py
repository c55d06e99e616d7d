"""`oracle`: the upper bound. It knows which preferences apply, and injects the J most important ones."""

from pydantic import PositiveInt

from pum.core.validation import Section
from pum.memory.state import UserState
from pum.methods.method import METHODS, Method, PromptContext


class Settings(Section):
    """`top_j`: the budget of notes, as in `rag`."""

    top_j: PositiveInt


@METHODS.register("oracle", Settings)
class Oracle(Method):
    """Knows the true preferences; has the same budget of notes as the other methods."""

    needs_ground_truth = True
    settings: Settings

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext.injecting(self.truth.applicable_notes(state.user_id)[: self.settings.top_j])
