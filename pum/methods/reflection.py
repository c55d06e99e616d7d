"""`reflection`: after each session the model rewrites its notes on the user; all of them stand in the next prompts."""

from pydantic import PositiveInt

from pum.core.schemas import Decision, Message
from pum.llm.prompts import prompt
from pum.memory.state import UserState
from pum.methods.method import Ask, Draft, Method, MethodSettings, Resources


class Settings(MethodSettings):
    """`limit`: how many notes the model may keep. `scaffolding`: before each answer it is asked which of them matter,
    and those are stressed (as MultiSessionCollab does; one more call a turn)."""

    limit: PositiveInt
    scaffolding: bool = False


class Reflection(Method):
    """At most `limit` notes, whatever the model writes."""

    def __init__(self, limit: int, scaffolding: bool = False) -> None:
        self.limit, self.scaffolding = limit, scaffolding

    async def stress(self, state: UserState, message: str, ask: Ask) -> tuple[str, ...]:
        """Lines that are none of the notes are left out: selecting must not add any."""
        if not (self.scaffolding and state.reflection):
            return ()
        system = Message(role="system", content=prompt("scaffolding"))
        said = _lines(await ask([system, Message(role="user", content=_report(state, message))]))
        return tuple(note for note in state.reflection if note in said)

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        return Draft(Decision(notes=state.reflection))

    async def end_session(self, state: UserState, ask: Ask) -> None:
        """A reply without a single note line keeps the old notes: a failed reflection must not erase a memory."""
        if not state.history:
            return
        system = Message(role="system", content=prompt("reflection").format(limit=self.limit))
        notes = _lines(await ask([system, Message(role="user", content=_report(state))]))
        state.reflection = notes[: self.limit] or state.reflection


def _lines(reply: str) -> tuple[str, ...]:
    """The lines that begin with "- ", each once."""
    lines = (line.strip() for line in reply.splitlines())
    return tuple(dict.fromkeys(line[2:].strip() for line in lines if line.startswith("- ")))


def _report(state: UserState, message: str | None = None) -> str:
    notes = "\n".join(f"- {note}" for note in state.reflection) or "(none)"
    said = [*state.history, *([Message(role="user", content=message)] if message else [])]
    session = "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in said)
    return f"# Notes so far\n{notes}\n\n# Session\n{session}"


def build(settings: Settings, resources: Resources) -> Method:
    return Reflection(settings.limit, settings.scaffolding)
