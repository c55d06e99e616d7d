"""`reflection`: after each session the model rewrites its notes on the user; all of them stand in the next prompts."""

from pydantic import PositiveInt

from pum.llm.prompts import prompt
from pum.memory.state import UserState
from pum.methods.base import Ask, Draft, Method, MethodSettings, Resources
from pum.schemas import Decision, Message


class Settings(MethodSettings):
    """`limit`: how many notes the model may keep."""

    limit: PositiveInt


class Reflection(Method):
    """At most `limit` notes, whatever the model writes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(Decision(notes=state.reflection))

    async def end_session(self, state: UserState, ask: Ask) -> None:
        """A reply without a single note line keeps the old notes: a failed reflection must not erase a memory."""
        if not state.history:
            return
        system = Message(role="system", content=prompt("reflection").format(limit=self.limit))
        reply = await ask([system, Message(role="user", content=_report(state))])
        lines = (line.strip() for line in reply.splitlines())
        notes = tuple(dict.fromkeys(line[2:].strip() for line in lines if line.startswith("- ")))
        state.reflection = notes[: self.limit] or state.reflection


def _report(state: UserState) -> str:
    notes = "\n".join(f"- {note}" for note in state.reflection) or "(none)"
    session = "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in state.history)
    return f"# Notes so far\n{notes}\n\n# Session\n{session}"


def build(settings: Settings, resources: Resources) -> Method:
    return Reflection(settings.limit)
