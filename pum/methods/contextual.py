"""`contextual`: the memory is the earlier conversations themselves, as many as fit into the context."""

from pydantic import PositiveInt

from pum.core.schemas import Message
from pum.core.validation import Section
from pum.memory.state import UserState
from pum.methods.method import METHODS, LLMCallable, Method, PromptContext


class Settings(Section):
    """`sessions`: the number of conversations to keep."""

    sessions: PositiveInt


@METHODS.register("contextual", Settings)
class Contextual(Method):
    """Keeps the last conversations; the prompt builder drops the oldest messages beyond its budget."""

    settings: Settings

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext(earlier=tuple(message for session in _sessions(state) for message in session))

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        kept = [*_sessions(state), list(state.history)][-self.settings.sessions :]
        state.method_state["contextual"] = kept


def _sessions(state: UserState) -> list[list[Message]]:
    return state.method_state.get("contextual", [])
