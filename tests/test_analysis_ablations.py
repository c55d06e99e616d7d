"""Ablations: one method has one name, whatever variant it is configured as."""

import pandas as pd

from pum.analysis.factors import method_name
from pum.analysis.figures.learner_study import draw_ablations
from pum.config.params import load_params


def test_a_variant_that_is_a_method_is_called_by_its_name() -> None:
    names = {name: method_name(name, load_params()) for name in ("rag", "tuned_vector", "neighbours", "paper_vector")}
    assert names == {"tuned_vector": "rag_vector", **{name: name for name in ("rag", "neighbours", "paper_vector")}}
    row = {"mean": 0.1, "low": 0.0, "high": 0.2, "detectable": float("nan")}
    table = pd.DataFrame([{"change": "one", "of": "rag"} | row, {"change": "two", "of": names["tuned_vector"]} | row])
    shown = [text.get_text() for text in draw_ablations(table, "title").axes[0].get_yticklabels()]
    assert shown == ["one  (RAG)", "two  (RAG + vector)"]
