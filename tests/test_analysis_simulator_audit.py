"""The audit counts what a user enforced against what the checkers found, reply by reply."""

import json

import pandas as pd

from pum.analysis.simulation_fidelity import audit_table, enforcement_pairs

CHECKABLE = {"rf_001", "rf_002", "cs_001"}


def turn(number: int, applicable=(), violated=(), enforced=(), session: int = 0) -> dict:
    lists = {"applicable": applicable, "violated": violated, "enforced": enforced}
    return {
        "seed": 0,
        "user_id": "u",
        "session": session,
        "turn": number,
        **{k: json.dumps(v) for k, v in lists.items()},
    }


def test_a_reaction_is_compared_with_the_reply_before_it_and_only_what_can_be_checked_counts() -> None:
    turns = pd.DataFrame(
        [
            turn(0, ["rf_001", "rf_002", "ip_009"], ["rf_001", "rf_002"]),
            turn(1, ["rf_001", "rf_002", "cs_001"], ["cs_001"], ["rf_001", "ip_009"]),
            turn(2, enforced=["rf_002"]),
            # Another session's first message enforces nothing of the last reply.
            turn(0, enforced=["cs_001"], session=1),
        ]
    )
    table = audit_table(enforcement_pairs(turns.sample(frac=1, random_state=1), CHECKABLE)).set_index("family")
    assert table.loc["all", ["replies", "pairs", "violated", "enforced", "both"]].tolist() == [2, 5, 3, 2, 1]
    assert (table.loc["all", "precision"], table.loc["all", "recall"]) == (0.5, round(1 / 3, 4))
    assert table.loc["cs", "recall"] == 0 and pd.isna(table.loc["cs", "precision"])
    assert table.loc["rf", "precision_low"] < 0.5 < table.loc["rf", "precision_high"]
