"""`reflection`: after each session the model rewrites its notes on the user; every prompt contains all of them."""

import logging
import re

from pydantic import PositiveInt

from pum.core.schemas import Message, Note
from pum.core.validation import Section
from pum.llm.prompts import prompt
from pum.memory.state import UserState
from pum.methods.method import METHODS, LLMCallable, Method, PromptContext

log = logging.getLogger(__name__)

# "- x", "* x", "• x", "1. x", "(2) x", "a) x", also without a blank where no word is meant, and with a box to tick.
_ITEM = re.compile(
    r"\s*(?:[-–—‐‑‒−•◦▪‣●○∙·](?![-–—])|[*+](?=\s)|\(?\d{1,3}[.):](?!\d)|\(?[a-z][.)](?=\s))\s*"
    r"(?:\[[ xX]?\]\s*)?(?P<text>.*\w.*)"
)
# Words of a reply that may just say that there is nothing to note.
_SAYS_NONE = 5


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
        return PromptContext.injecting(map(Note, _notes(state)))

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        """A reply without a note keeps the old notes: a failed reflection must not erase the memory."""
        if not state.history:
            return
        system = Message(role="system", content=prompt("reflection").format(limit=self.settings.limit))
        reply = await llm([system, Message(role="user", content=_report(state))])
        notes = _lines(reply)
        if notes:
            state.method_state["reflection"] = list(notes[: self.settings.limit])
        elif len(reply.split()) > _SAYS_NONE:
            log.warning("a reflection holds no list, so the notes stay as they are: %.80r", reply)


def _notes(state: UserState) -> tuple[str, ...]:
    return tuple(state.method_state.get("reflection", ()))


def _lines(reply: str) -> tuple[str, ...]:
    """The items of the list in a reply, without repetitions."""
    items = (_ITEM.match(line) for line in reply.splitlines())
    return tuple(dict.fromkeys(item["text"].strip() for item in items if item))


def _report(state: UserState, message: str | None = None) -> str:
    notes = "\n".join(f"- {note}" for note in _notes(state)) or "(none)"
    said = [*state.history, *([Message(role="user", content=message)] if message else [])]
    session = "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in said)
    return f"# Notes so far\n{notes}\n\n# Session\n{session}"
