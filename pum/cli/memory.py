"""`pum chat | cards | export | forget`: talking with an assistant, and what people may ask of what it keeps."""

import argparse
from pathlib import Path


def add_personal_commands(commands: "argparse._SubParsersAction") -> None:
    """Add them to the command line."""
    add = commands.add_parser("chat", help="talk to an assistant that learns your preferences")
    add.set_defaults(command=_chat)
    add.add_argument("--user", default="me", help="user id")
    add.add_argument("--method", default="rag_vector")
    add.add_argument("--study", default="quicktest", help="section of params.yaml that names the chat model")
    _add_memory(add)

    add = commands.add_parser("cards", help="what a user is remembered to prefer; disable or edit one card")
    add.set_defaults(command=_cards)
    add.add_argument("user", metavar="USER")
    _add_memory(add)
    change = add.add_mutually_exclusive_group()
    change.add_argument("--disable", metavar="CARD", help="never use this card again")
    change.add_argument("--edit", nargs=2, metavar=("CARD", "TEXT"), help="put this text into the card's place")

    add = commands.add_parser("export", help="all that is kept of a user, as JSON")
    add.set_defaults(command=_export)
    add.add_argument("user", metavar="USER")
    _add_memory(add)

    add = commands.add_parser("forget", help="remove all that is kept of a user")
    add.set_defaults(command=_forget)
    add.add_argument("user", metavar="USER")
    _add_memory(add)


def _add_memory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--memory", type=Path, default=Path("memory"), help="folder that holds one file per user")


def _chat(args: argparse.Namespace) -> None:
    from pum.cli.chat import converse
    from pum.config.params import load_params

    converse(load_params(), args.study, args.method, args.user, args.memory)


def _cards(args: argparse.Namespace) -> None:
    from pum.assistant.data_rights import cards_of, change_card
    from pum.core.safe_text import clean_message
    from pum.memory.editing import disabled, edited
    from pum.memory.store import FileStore

    store = FileStore(args.memory)
    if args.disable:
        change_card(args.user, args.disable, disabled, store)
    elif args.edit:
        change_card(args.user, args.edit[0], lambda card, _: edited(card, clean_message(args.edit[1])), store)
    for card in cards_of(args.user, store):
        used = f"used {card.uses} times, {card.successes} with success" if card.active else "not used any more"
        print(f"{card.card_id}  {card.note}  ({used})")


def _export(args: argparse.Namespace) -> None:
    import json

    from pum.assistant.data_rights import Places, export

    print(json.dumps(export(args.user, Places(args.memory)), sort_keys=True, indent=1))


def _forget(args: argparse.Namespace) -> None:
    from pum.assistant.data_rights import Places, forget

    for gone in forget(args.user, Places(args.memory)):
        print(f"gone: {gone}")
    print(f"nothing of {args.user} is kept any more")
