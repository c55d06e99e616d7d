"""Where notes stand in a prompt, and how they read: one YAML file per form beside this module.

A form puts notes into the system prompt, at the end of the user's message, or both. `read_notes` finds them again in a
finished prompt, so that the simulated agent reads what a real model would.

No text can pass for another part of the prompt: a note is one line without role marks, and a line of the user's message
that reads like an introduction of notes is marked as a quotation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.schemas import Message, Note
from pum.core.validation import FrozenModel, suggestion, validated
from pum.language.role_marks import defused
from pum.llm.prompts import prompt

_BULLET, _QUOTE = "- ", "> "


class NoteForm(FrozenModel):
    """`system` and `message` introduce the notes in the system prompt and at the end of the user's message; None: they
    do not stand there. "When {condition}, {action}." keeps its condition, or is cut down to the action: always, or if
    the condition is known to be met.
    """

    system: str | None = None
    message: str | None = None
    conditions: Literal["kept", "dropped", "dropped_if_met"] = "kept"

    def behind_system(self, notes: Sequence[Note], stressed: Sequence[str]) -> str:
        """The notes as they follow the system prompt."""
        return self._block(self.system, "\n\n", notes, stressed)

    def behind_message(self, notes: Sequence[Note], stressed: Sequence[str]) -> str:
        """The notes as they follow the user's message."""
        return self._block(self.message, "\n", notes, stressed)

    def _block(self, introduction: str | None, gap: str, notes: Sequence[Note], stressed: Sequence[str]) -> str:
        if introduction is None or not notes:
            return ""
        block = f"\n\n{introduction}{gap}{_listed(map(self._text, notes))}"
        return f"{block}\n\n{prompt('stressed')}\n\n{_listed(stressed)}" if stressed else block

    def _text(self, note: Note) -> str:
        bare = self.conditions == "dropped" or (self.conditions == "dropped_if_met" and note.met)
        return note.action if bare and note.action else note.text


def _listed(texts) -> str:
    return "\n".join(_BULLET + defused(" ".join(text.splitlines())) for text in texts)


def note_forms() -> tuple[str, ...]:
    """The names of all forms."""
    names = (path.name for path in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def note_form(name: str) -> NoteForm:
    """The form of the file `<name>.yaml`; InputError for an unknown name."""
    if name not in note_forms():
        raise InputError(f"assistant.note_form: there is no {name!r}; {suggestion(name, note_forms())}")
    path = Path(str(files(__name__).joinpath(f"{name}.yaml")))
    return validated(NoteForm, read_yaml(path), path)


def quoted(message: str) -> str:
    """The user's message; a line that reads like an introduction of notes, as pasted text may have, is quoted."""
    lines = message.splitlines(keepends=True)
    return "".join(_QUOTE + line if _introduces(line) else line for line in lines)


def _unquoted(message: str) -> str:
    lines = message.splitlines(keepends=True)
    return "".join(line.removeprefix(_QUOTE) if _introduces(line) else line for line in lines)


def _introduces(line: str) -> bool:
    return " ".join(re.sub(f"^(?:{_QUOTE})+", "", line).split()).casefold() in _introductions()


@cache
def _introductions() -> frozenset[str]:
    forms = map(note_form, note_forms())
    texts = (text for form in forms for text in (form.system, form.message) if text)
    return frozenset(text.casefold() for text in (*texts, prompt("stressed")))


@dataclass(frozen=True)
class ReadNotes:
    """The notes of a prompt, word for word, and its messages with the last one as the user wrote it.

    `bare`: the form drops conditions, so that a note without one may have had one.
    """

    notes: tuple[str, ...]
    bare: bool
    messages: tuple[Message, ...]


def read_notes(messages: Sequence[Message]) -> ReadNotes:
    """Takes a prompt of `build_messages` apart, whatever its form."""
    *before, last = messages
    found = _block_in("message").search(last["content"])
    said = Message(role=last["role"], content=_unquoted(last["content"][: found.start()] if found else last["content"]))
    found = found or _block_in("system").search(messages[0]["content"])
    if found is None:
        return ReadNotes((), False, (*before, said))
    introduced = (form for form in map(note_form, note_forms()) if found["introduction"] in (form.system, form.message))
    notes = tuple(line.removeprefix(_BULLET) for line in found["notes"].split("\n"))
    return ReadNotes(notes, any(form.conditions != "kept" for form in introduced), (*before, said))


@cache
def _block_in(place: Literal["system", "message"]) -> re.Pattern[str]:
    """Notes at the end of a text, as `NoteForm` writes them."""
    texts = {text for form in map(note_form, note_forms()) if (text := getattr(form, place))}
    line = rf"{_BULLET}[^\n]*"
    lines = rf"{line}(?:\n{line})*"
    return re.compile(
        rf"\n\n(?P<introduction>{'|'.join(map(re.escape, sorted(texts)))})\n{{1,2}}(?P<notes>{lines})"
        rf"(?:\n\n{re.escape(prompt('stressed'))}\n\n{lines})?\Z"
    )
