"""Tables for a person: a sign is never rounded away, and what was not tested is said not to be."""

import pandas as pd

from pum.report.readable import Wording, readable


def test_a_bound_beside_zero_keeps_its_sign() -> None:
    """Most agent tokens need no decimal here; one interval reaches below zero by less than that shows."""
    table = pd.DataFrame({
        "outcome": ["agent_tokens"] * 4 + ["success"], "mean": [-56.9, -8.0, -7.9, 0.0589, 0.0],
        "low": [-59.5, -9.9, -9.8, -0.0351, 0.0], "high": [-54.4, -6.1, -6.0, 0.1681, 0.0],
    })  # fmt: skip
    cells = [row[1] for row in readable(table, Wording()).rows]
    assert cells == ["−56.9 [−59.5, −54.4]", "−8.0 [−9.9, −6.1]", "−7.9 [−9.8, −6.0]", "0.06 [−0.04, 0.17]", "0 [0, 0]"]


def test_what_could_not_have_been_found_is_a_dash() -> None:
    table = pd.DataFrame({"method": ["rag", "all_memory"], "detectable": [0.02193, float("nan")], "p": [0.5, 1.0]})
    assert readable(table, Wording()).rows == (("RAG", "0.0219", "0.5"), ("All memory", "—", "1"))


def test_measures_are_called_what_the_figures_and_notebooks_call_them() -> None:
    assert Wording().value("per_turn_enforcement") == "Enforcements per turn"
    assert Wording(values={"per_turn_enforcement": "Other"}).value("per_turn_enforcement") == "Other"
