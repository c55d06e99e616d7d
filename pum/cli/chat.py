"""`pum chat | cards | export | forget`: talk to an assistant that remembers; see, change or remove what it keeps."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter
from cyclopts.validators import mutually_exclusive

from pum.cli.terminal import say
from pum.core.errors import InputError

if TYPE_CHECKING:
    from pum.assistant.personalized_llm import PersonalizedLLM
    from pum.config.params import Params

_CHANGE = Group("Change one card", validator=mutually_exclusive)
_Memory = Annotated[Path, Parameter(help="folder that holds one file per user")]
_MEMORY = Path("memory")
_HELP = "/cards shows what I remember, /new starts a new session, /forget erases everything about you, /quit leaves."


def chat(*, user: str = "me", method: str = "rag_vector", study: str = "quicktest", memory: _Memory = _MEMORY) -> None:
    """Talk to an assistant that learns your preferences.

    Args:
        user: user id
        method: how it remembers; `pum list methods` shows the methods
        study: its section of `studies` in params.yaml names the chat model
    """
    from pum.assistant.personalized_llm import PersonalizedLLM
    from pum.config.params import load_params
    from pum.llm.chat_model import ChatError
    from pum.memory.store import FileStore

    if not memory.is_dir():
        print(f"{memory.absolute()}: a new folder; nobody is known there yet")
    params, store = load_params(), FileStore(memory)
    store.load(user)  # report a bad id or a damaged memory before loading a model
    assistant = PersonalizedLLM.from_params(params, method, _chat_model(params, study, method), store=store)
    print(f"You are {user}. {_HELP}")
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            break
        if line == "/quit":
            break
        if line:
            try:
                say(_respond(assistant, user, line, memory))
            except (InputError, ChatError) as error:  # the next line may succeed
                say(f"pum: {error}")
    assistant.reset_session(user)


def _chat_model(params: "Params", study: str, method: str) -> object:
    from pum.runner.config import RunConfig

    config = RunConfig(study, params.study(study), method, params)
    if config.agent.is_simulated:
        raise InputError(
            f"study {study}: its agent is simulated and only knows the benchmark; name one with a real model"
        )
    return config.agent.build(config, None, None, None)


def _respond(assistant: "PersonalizedLLM", user: str, line: str, memory: Path) -> str:
    from pum.assistant.data_rights import Places, forget

    if line == "/new":
        assistant.reset_session(user)
        return "(new session)"
    if line == "/forget":
        forget(user, Places(memory))
        assistant.reset_user(user)
        return "(forgotten)"
    if line == "/cards":
        cards = assistant.state(user).cards.active
        return "\n".join(f"{card.card_id}  {card.note}  (used {card.uses} times)" for card in cards) or "(no cards yet)"
    if line.startswith("/"):
        return _HELP
    return assistant.chat(user, line).text


def cards(
    user: str,
    /,
    *,
    disable: Annotated[str | None, Parameter(group=_CHANGE)] = None,
    edit: Annotated[tuple[str, str] | None, Parameter(group=_CHANGE)] = None,
    memory: _Memory = _MEMORY,
) -> None:
    """Show what a user is remembered to prefer; disable or edit one card, and erase what it said.

    Args:
        disable: id of a card never to use again
        edit: id of a card, and the text to put in its place
    """
    from pum.assistant.data_rights import Places, change_card, check_memory, user_states
    from pum.assistant.message_parser import clean_message
    from pum.memory.edit import disabled, edited
    from pum.memory.store import FileStore

    check_memory(memory)
    if disable:
        change_card(user, disable, disabled, Places(memory))
    elif edit:
        change_card(user, edit[0], lambda card, _: edited(card, clean_message(edit[1])), Places(memory))
    kept = user_states(FileStore(memory)).cards(user)
    for card in kept:
        used = f"used {card.uses} times, {card.successes} with success" if card.active else "no longer used"
        say(f"{card.card_id}  {card.note}  ({used})")
    if not kept:
        print(f"no cards of {user} are kept in {memory}")


def export(user: str, /, *, memory: _Memory = _MEMORY) -> None:
    """Print everything that is stored about a user, as JSON."""
    from pum.assistant import data_rights

    print(json.dumps(data_rights.export(user, data_rights.Places(memory)), sort_keys=True, indent=1))


def forget(user: str, /, *, memory: _Memory = _MEMORY) -> None:
    """Delete everything that is stored about a user."""
    from pum.assistant import data_rights

    places = data_rights.Places(memory)
    gone = data_rights.forget(user, places)
    for line in gone:
        say(f"gone: {line}")
    data_rights.check_memory(memory)  # without it, she may be remembered elsewhere
    if not gone:
        raise InputError(f"nothing of {user} is kept in {memory.absolute()}; is it another folder (--memory)?")
    print(f"nothing of {user} is kept any more in {memory.absolute()}, {places.work} and {places.cache}")
