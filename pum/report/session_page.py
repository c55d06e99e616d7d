"""One session of a run as a page, turn by turn: what was said, injected, scored, heard and learned."""

import json
from html import escape
from pathlib import Path

import pandas as pd

from pum.core.errors import InputError
from pum.memory.card import Card
from pum.report.cells import shown
from pum.report.document import document

_COLUMNS = ("card", "note", "said in", "base score", "bonus", "probability", "injected")
_CAPTION = "Candidates, with the notes of the end of the run; said in: session.turn"


def session_page(run: Path, user_id: str, session: int, seed: int) -> str:
    """InputError when the folder holds no such run, or no transcript of that session."""
    turns = _read(run / "turns.parquet")
    kept = sorted(turns[turns.seed == seed].user_id.unique())
    mine = turns[(turns.seed == seed) & (turns.user_id == user_id) & (turns.session == session)].sort_values("turn")
    if mine.empty:
        there = f"transcripts of seed {seed} are kept of {kept[0]} to {kept[-1]}" if kept else f"no seed {seed} there"
        raise InputError(
            f"{run}: no turns of {user_id}, session {session}: {there}; studies.STUDY.transcripts says of whom"
        )
    users = _read(run / "users.parquet")
    state = json.loads(users[(users.seed == seed) & (users.user_id == user_id)].state.iloc[0])["assistant"]
    cards = {card["card_id"]: Card.from_json(card) for card in state["cards"]}
    title = f"{user_id}, session {session} ({run.name})"
    return document(title, "\n".join([f"<h1>{escape(title)}</h1>", *(_turn(row, cards) for row in mine.itertuples())]))


def _turn(row: object, cards: dict[str, Card]) -> str:
    parts = [f"<section><h2>Turn {row.turn}: {escape(row.kind)}</h2>", _said("User", row.message)]
    if row.reward_label:
        worth = "no reward" if pd.isna(row.reward) else f"reward {row.reward:+.1f}"
        parts.append(f"<p>Of the turn before: {escape(row.reward_label)}, {worth}.</p>")
    heard = [_wish(it) for it in json.loads(row.extracted)]
    enforced = json.loads(row.enforced)
    parts += [_list("Heard", heard), _list("Asked for (by the user's own account)", enforced)]
    parts.append(_list("Injected", json.loads(row.notes)))
    if candidates := json.loads(row.candidates):
        parts.append(_table(candidates, cards))
    if row.rank_flip:
        parts.append("<p>The learned bonus changed which notes were injected.</p>")
    if row.reply:
        parts.append(_said("Assistant", row.reply))
    return "\n".join(part for part in parts if part) + "</section>"


def _said(who: str, text: str) -> str:
    return f"<h3>{who}</h3>\n<blockquote>{escape(text).replace(chr(10), '<br>')}</blockquote>"


def _wish(preference: object) -> str:
    return (
        preference
        if isinstance(preference, str)
        else ", ".join(f"{key}: {shown(it)}" for key, it in preference.items())
    )


def _list(heading: str, items: list[str]) -> str:
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h3>{escape(heading)}</h3>\n<ul>{lines}</ul>" if items else ""


def _table(candidates: list[dict], cards: dict[str, Card]) -> str:
    rows = []
    for it in sorted(candidates, key=lambda it: (-it["base_score"] - it["bonus"], it["card_id"])):
        card = cards[it["card_id"]]
        source = ", ".join(f"{source.session}.{source.turn}" for source in card.sources[:4])
        texts = (it["card_id"], card.note, source)
        numbers = (it["base_score"], it["bonus"], it["probability"])
        cells = [f"<td>{escape(text)}</td>" for text in texts] + [
            f'<td class="number">{shown(n)}</td>' for n in numbers
        ]
        rows.append(f"<tr>{''.join(cells)}<td>{'yes' if it['chosen'] else ''}</td></tr>")
    head = "".join(f'<th scope="col">{column}</th>' for column in _COLUMNS)
    return (
        f'<div class="table" tabindex="0"><table><caption>{_CAPTION}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _read(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError(f"{path}: not there; --run names a folder like results/paper/rag_vector")
    return pd.read_parquet(path)
