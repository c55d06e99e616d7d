"""Pages and pictures of one session, one life, one turn: what they show is what was logged."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pum.analysis.figures.examples import (
    candidates_of,
    draw_ranks,
    draw_user_history,
    ends_of,
    principal_axes,
    user_vectors,
)
from pum.cli.app import main
from pum.core.errors import InputError
from pum.memory.card import Card, Source
from pum.report.page import session_page
from pum.results.files import FORMAT, write_parquet

CARD = Card("c0000", "Use <b>lists</b>.", "", "use lists", "global", False, 0.8, "q", (Source(0, 0),), ("Use lists.",))
OTHER = Card(
    "c0001", "Be short.", "", "be short", "global", False, 0.8, "q", (Source(0, 0),), ("Be short.",), until=Source(1, 0)
)
CANDIDATES = [
    {"card_id": "c0000", "base_score": 1.0, "bonus": -0.75, "probability": 0.4, "chosen": False},
    {"card_id": "c0001", "base_score": 0.5, "bonus": 0.25, "probability": 0.6, "chosen": True},
]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    row = {
        "seed": 0, "user_id": "user_000", "session": 0, "turn": 0, "kind": "opening", "message": "Hi <script>",
        "reply": "Yes", "extracted": json.dumps([{"action": "use lists"}]), "enforced": "[]",
        "notes": json.dumps([OTHER.note]),
        "candidates": json.dumps(CANDIDATES), "reward": float("nan"), "reward_label": "", "rank_flip": True,
        "z_norm": 0.0,
    }  # fmt: skip
    later = row | {
        "turn": 1,
        "message": "Wrong.",
        "reward": -0.8,
        "reward_label": "neg_correction",
        "enforced": '["rf_001"]',
    }
    write_parquet(tmp_path / "turns.parquet", [row, later], list(row))
    state = {"cards": [CARD.to_json(), OTHER.to_json()], "vectors": {"z_long": [3.0, 4.0]}}
    user = {"seed": 0, "user_id": "user_000", "state": json.dumps({"assistant": state})}
    write_parquet(tmp_path / "users.parquet", [user], list(user))
    (tmp_path / "results.json").write_text(json.dumps({"format": FORMAT, "columns": [], "rows": []}))
    return tmp_path


def test_a_session_is_shown_whole_and_what_users_wrote_is_no_markup(run: Path) -> None:
    page = session_page(run, "user_000", 0, 0)
    assert page.count("<h2>") == 2 and "<script>" not in page and "<b>" not in page
    shown = ("Hi &lt;script&gt;", "neg_correction, reward -0.8", "action: use lists", "rf_001", "Use &lt;b&gt;lists")
    for text in (*shown, '<td class="number">-0.75</td>', "changed which notes"):
        assert text in page, text


def test_a_session_that_was_not_kept_is_one_line(run: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(InputError, match="no turns of user_009, session 0: transcripts of seed 0 are kept of user_000"):
        session_page(run, "user_009", 0, 0)
    output = run / "page.html"
    assert main(["show", "user_000", "7", "--run", str(run), "--output", str(output)]) == 2 and not output.exists()
    assert main(["show", "user_000", "0", "--run", str(run / "none"), "--output", str(output)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert main(["show", "user_000", "0", "--run", str(run), "--output", str(output)]) == 0 and output.exists()


def test_ranks_before_and_after_the_bonus(run: Path) -> None:
    turn = pd.read_parquet(run / "turns.parquet").iloc[0]
    table = candidates_of(turn, {"c0000": CARD, "c0001": OTHER})
    assert table.card_id.tolist() == ["c0001", "c0000"] and table["rank before"].tolist() == [2, 1]
    assert len(draw_ranks(table).axes[0].lines) == 2


def test_a_life_has_a_line_a_card_and_a_bar_a_session(run: Path) -> None:
    turns = pd.read_parquet(run / "turns.parquet")
    top, bottom, _ = draw_user_history(turns, [CARD, OTHER], "t").axes
    assert [bar.get_height() for bar in top.patches] == [1]
    assert [text.get_text()[:5] for text in bottom.get_yticklabels()] == ["c0000", "c0001"]


def test_axes_are_those_of_most_variance_and_have_ends() -> None:
    vectors = np.array([[3.0, 0.1], [-3.0, -0.1], [1.0, 0.0], [-1.0, 0.0]])
    axes = principal_axes(vectors)
    assert axes[0] == pytest.approx([1.0, 0.03], abs=0.02) and abs(axes[0] @ axes[1]) < 1e-9
    ends = ends_of(axes[0], np.array([[1.0, 0.0], [0.0, 0.1], [-1.0, 0.0]]), ["with", "beside", "against"], count=1)
    assert ends.note.tolist() == ["with", "against"]


def test_vectors_of_several_seeds_are_averaged(run: Path) -> None:
    users = pd.read_parquet(run / "users.parquet")
    users = pd.concat([users, users.assign(seed=1, state=users.state.str.replace("3.0", "5.0"))])
    ids, vectors = user_vectors(users)
    assert ids == ["user_000"] and vectors.tolist() == [[4.0, 4.0]]
