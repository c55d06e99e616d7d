"""`pum chat`: talk to an assistant that remembers, in a terminal."""

import sys
from io import TextIOWrapper
from pathlib import Path

from pum.assistant.data_rights import Places, forget
from pum.assistant.models import build_chat_model, build_role
from pum.assistant.personalized_llm import PersonalizedLLM
from pum.config.params import Params
from pum.core.errors import InputError
from pum.llm.chat_model import ChatError
from pum.memory.store import FileStore

_HELP = "/cards shows what I remember, /new starts a new session, /forget erases everything about you, /quit leaves."


def converse(params: Params, study: str, method: str, user_id: str, memory: Path) -> None:
    """Read lines until /quit or end of input; everything learned is kept in `memory`."""
    store = FileStore(memory)
    store.load(user_id)  # a bad id or a damaged memory is said before a model is loaded
    agent = params.study(study).agent
    if agent.kind == "served":
        model = build_role("agent", params.server(params.study(study), "agent"))
    elif agent.kind == "offline":
        raise InputError(
            f"study {study}: its agent is a stand-in that only knows the benchmark; name one with a real model"
        )
    else:
        model = build_chat_model(agent)
    assistant = PersonalizedLLM.from_params(params, method, model, store=store)
    places = Places(memory)
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    print(f"You are {user_id}. {_HELP}")
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            break
        if line == "/quit":
            break
        if line:
            try:
                print(_respond(assistant, user_id, line, places))
            except (InputError, ChatError) as error:  # this line could not be answered; the next one may be
                print(f"pum: {error}")
    assistant.reset_session(user_id)


def _respond(assistant: PersonalizedLLM, user_id: str, line: str, places: Places) -> str:
    if line == "/new":
        assistant.reset_session(user_id)
        return "(new session)"
    if line == "/forget":
        assistant.reset_user(user_id)
        forget(user_id, places)
        return "(forgotten)"
    if line == "/cards":
        cards = assistant.state(user_id).cards.active
        return "\n".join(f"{card.card_id}  {card.note}  (used {card.uses} times)" for card in cards) or "(no cards yet)"
    if line.startswith("/"):
        return _HELP
    return assistant.chat(user_id, line).text
