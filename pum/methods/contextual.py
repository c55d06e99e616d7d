"""`contextual`: earlier conversations themselves are the memory, as many as fit the context."""

from pydantic import PositiveInt

from pum.memory.state import UserState
from pum.methods.method import Ask, Draft, Method, MethodSettings, Resources


class Settings(MethodSettings):
    """`sessions`: how many conversations are kept."""

    sessions: PositiveInt


class Contextual(Method):
    """Keeps the last conversations; the prompt builder drops the oldest messages beyond its budget."""

    def __init__(self, sessions: int) -> None:
        self.sessions = sessions

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(earlier=tuple(message for session in state.archive for message in session))

    async def end_session(self, state: UserState, ask: Ask) -> None:
        state.archive = [*state.archive, list(state.history)][-self.sessions :]


def build(settings: Settings, resources: Resources) -> Method:
    return Contextual(settings.sessions)
