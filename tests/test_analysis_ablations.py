"""Ablations: what is changed is named by its own rates."""

import pandas as pd

from pum.analysis.ablations import ablation_figure, names_by_rate
from pum.config.params import load_params


def test_reinforce_is_named_by_its_rate_in_the_parameters() -> None:
    params = load_params()
    rate = params.user_model["tuned"].eta_long
    names = names_by_rate(["rag", "tuned_vector", "neighbours", "paper_vector"], params)
    assert names == {"tuned_vector": f"REINFORCE, eta {rate}", "paper_vector": "REINFORCE, eta 0.01"}
    row = {"mean": 0.1, "low": 0.0, "high": 0.2, "detectable": float("nan")}
    table = pd.DataFrame([{"change": "one", "of": "rag"} | row, {"change": "two", "of": "tuned_vector"} | row])
    figure = ablation_figure(table, "title", names)
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert shown == ["one  (RAG)", f"two  (REINFORCE, eta {rate})"]
