"""`reflection`: after each session the model rewrites its notes on the user; all of them stand in the next prompts."""

from pydantic import PositiveInt

from pum.core.schemas import Decision, Message
from pum.core.settings import Section
from pum.llm.prompts import prompt
from pum.memory.state import UserState
from pum.methods.method import METHODS, LLMCallable, Method, PromptContext


class Settings(Section):
    """`limit`: how many notes the model may keep. `scaffolding`: before each answer it is asked which of them matter,
    and those are highlighted (as MultiSessionCollab does; one more call a turn)."""

    limit: PositiveInt
    scaffolding: bool = False


@METHODS.register("reflection", Settings)
class Reflection(Method):
    """At most `limit` notes, whatever the model writes."""

    settings: Settings

    async def highlight(self, state: UserState, message: str, llm: LLMCallable) -> tuple[str, ...]:
        """Lines that are none of the notes are left out: selecting must not add any."""
        notes = _notes(state)
        if not (self.settings.scaffolding and notes):
            return ()
        system = Message(role="system", content=prompt("scaffolding"))
        selected = _lines(await llm([system, Message(role="user", content=_report(state, message))]))
        return tuple(note for note in notes if note in selected)

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext(Decision(notes=_notes(state)))

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        """A reply without a single note line keeps the old notes: a failed reflection must not erase a memory."""
        if not state.history:
            return
        system = Message(role="system", content=prompt("reflection").format(limit=self.settings.limit))
        notes = _lines(await llm([system, Message(role="user", content=_report(state))]))
        if notes:
            state.method_state["reflection"] = list(notes[: self.settings.limit])


def _notes(state: UserState) -> tuple[str, ...]:
    """The notes as the model last wrote them."""
    return tuple(state.method_state.get("reflection", ()))


def _lines(reply: str) -> tuple[str, ...]:
    """The lines that begin with "- ", each once."""
    lines = (line.strip() for line in reply.splitlines())
    return tuple(dict.fromkeys(line[2:].strip() for line in lines if line.startswith("- ")))


def _report(state: UserState, message: str | None = None) -> str:
    notes = "\n".join(f"- {note}" for note in _notes(state)) or "(none)"
    said = [*state.history, *([Message(role="user", content=message)] if message else [])]
    session = "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in said)
    return f"# Notes so far\n{notes}\n\n# Session\n{session}"
