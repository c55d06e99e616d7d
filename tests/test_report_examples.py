"""Pages of one session: what they show is what was logged."""

import json
from pathlib import Path

import pytest

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
