"""`oracle`: the ceiling. It is told which of the user's preferences truly apply, and injects the J that matter most."""

from pydantic import PositiveInt

from pum.core.errors import InputError
from pum.core.schemas import Decision
from pum.memory.state import UserState
from pum.methods.method import Draft, Method, MethodSettings, Peek, Resources


class Settings(MethodSettings):
    """`top_j`: the budget of notes, as in `rag`."""

    top_j: PositiveInt


class Oracle(Method):
    """Knows the world; spends the same budget of notes as the others."""

    def __init__(self, top_j: int, peek: Peek) -> None:
        self.top_j, self.peek = top_j, peek

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(Decision(notes=self.peek(state.user_id)[: self.top_j]))


def build(settings: Settings, resources: Resources) -> Method:
    if resources.peek is None:
        raise InputError("method oracle: it needs simulated users, whose true preferences are known")
    return Oracle(settings.top_j, resources.peek)
