"""`reflection`: after each session the model rewrites its notes on the user; every prompt contains all of them."""

from pydantic import PositiveInt

from pum.core.schemas import Decision, Message
from pum.core.validation import Section
from pum.llm.prompts import prompt
from pum.memory.state import UserState
from pum.methods.method import METHODS, LLMCallable, Method, PromptContext


class Settings(Section):
    """`limit`: the number of notes that the model may keep. `scaffolding`: before each answer the model selects the
    relevant notes, which are then highlighted (as in MultiSessionCollab; one more call per turn)."""

    limit: PositiveInt
    scaffolding: bool = False


@METHODS.register("reflection", Settings)
class Reflection(Method):
    """Keeps at most `limit` notes of those that the model writes."""

    settings: Settings

    async def highlight(self, state: UserState, message: str, llm: LLMCallable) -> tuple[str, ...]:
        """The selected notes. Other lines of the reply are dropped: a selection must not add notes."""
        notes = _notes(state)
        if not (self.settings.scaffolding and notes):
            return ()
        system = Message(role="system", content=prompt("scaffolding"))
        selected = _lines(await llm([system, Message(role="user", content=_report(state, message))]))
        return tuple(note for note in notes if note in selected)

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext(Decision(notes=_notes(state)))

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        """A reply without a note keeps the old notes: a failed reflection must not erase the memory."""
        if not state.history:
            return
        system = Message(role="system", content=prompt("reflection").format(limit=self.settings.limit))
        notes = _lines(await llm([system, Message(role="user", content=_report(state))]))
        if notes:
            state.method_state["reflection"] = list(notes[: self.settings.limit])


def _notes(state: UserState) -> tuple[str, ...]:
    """The current notes, as the model last wrote them."""
    return tuple(state.method_state.get("reflection", ()))


def _lines(reply: str) -> tuple[str, ...]:
    """The lines that begin with "- ", without repetitions."""
    lines = (line.strip() for line in reply.splitlines())
    return tuple(dict.fromkeys(line[2:].strip() for line in lines if line.startswith("- ")))


def _report(state: UserState, message: str | None = None) -> str:
    notes = "\n".join(f"- {note}" for note in _notes(state)) or "(none)"
    said = [*state.history, *([Message(role="user", content=message)] if message else [])]
    session = "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in said)
    return f"# Notes so far\n{notes}\n\n# Session\n{session}"
