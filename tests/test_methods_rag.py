"""Settings of `rag` that leave a part of it out, or do it as published."""

import numpy as np
import pytest

from pum.assistant.personalized_llm import AssistantSettings, PersonalizedLLM
from pum.methods.method import Resources, build_method
from pum.retrieval.embed import CachedEmbedder, HashingEmbedder
from pum.user_model.item_space import fit_item_space
from pum.user_model.learner import CardChoice, Reaction
from pum.user_model.reinforce import Rates, Reinforce
from pum.user_model.vectors import UserVectors
from tests.small_assistant import RAG, RATES, WISHES, Echo, teach

GLOBAL = "Please always answer in bullet points."


def assistant(**settings: object) -> PersonalizedLLM:
    embedder = CachedEmbedder(HashingEmbedder())
    space = fit_item_space([*WISHES, "Use tables."], embedder, 16)
    method = build_method("rag", {**RAG, **settings}, Resources(embedder, space))
    return PersonalizedLLM(method, Echo(), embedder, space.rank, AssistantSettings())


def test_without_a_reranker_the_dense_search_scores() -> None:
    ours = assistant(reranker="none", query_rewrite=False, card_text="note")
    teach(ours, "ann")
    message = "Write Python code that sorts a list."
    decision = ours.chat("ann", message).decision
    [vector] = ours.embedder.encode_queries([message])
    notes = {card.card_id: card.note for card in ours.cards("ann")}
    cosine = np.array([ours.embedder.one(notes[it.card_id]) @ vector for it in decision.candidates])
    standardised = (cosine - cosine.mean()) / cosine.std()
    assert [it.base_score for it in decision.candidates] == pytest.approx(standardised.tolist(), abs=1e-4)


def test_a_rewrite_reaches_the_scores_only_without_a_reranker() -> None:
    message = "Solve this equation."
    scores = {}
    for reranker in ("none", "bi_encoder"):
        for rewrite in (True, False):
            ours = assistant(reranker=reranker, query_rewrite=rewrite)
            teach(ours, "ann")
            decision = ours.chat("ann", message).decision
            scores[reranker, rewrite] = {it.card_id: it.base_score for it in decision.candidates}
    assert scores["bi_encoder", True] == scores["bi_encoder", False]
    assert scores["none", True] != scores["none", False]


def test_global_notes_may_be_in_every_prompt_beside_the_others() -> None:
    ranked, always = (assistant(top_j=1, global_notes=how) for how in ("ranked", "always"))
    for ours in (ranked, always):
        ours.chat("ann", GLOBAL)
        teach(ours, "ann")
    message = "When I write Python code, which type hints do I need?"
    one, beside = (ours.chat("ann", message).decision for ours in (ranked, always))
    held_everywhere = [card.note for card in always.cards("ann") if card.active and card.scope == "global"]
    assert len(one.notes) == 1 and held_everywhere
    assert beside.notes[: len(held_everywhere)] == tuple(held_everywhere)
    assert len(beside.notes) == len(held_everywhere) + 1
    assert not {it.card_id for it in beside.candidates} & {
        card.card_id for card in always.cards("ann") if card.scope == "global"
    }


def test_global_notes_alone_are_injected_too() -> None:
    ours = assistant(global_notes="always")
    ours.chat("ann", GLOBAL)
    decision = ours.chat("ann", "What is two plus two?").decision
    assert len(decision.notes) == 1 and not decision.candidates


def test_a_card_counts_as_relevant_by_its_condition_alone() -> None:
    wish = "When I ask about quokkas, always close with one short joke that a small child of five would enjoy."
    message = "And what do quokkas eat?"
    probe = assistant()
    probe.chat("ann", wish)
    [card] = probe.cards("ann")
    [vector] = probe.embedder.encode_queries([message])
    mean = probe.method.item_space.mean
    by_note, by_condition = (float((probe.embedder.one(it) - mean) @ vector) for it in (card.note, card.condition))
    assert by_note < by_condition
    for below, injected in (((by_note + by_condition) / 2, (card.note,)), (by_condition + 0.01, ())):
        ours = assistant(min_relevance_margin=below)
        ours.chat("ann", wish)
        assert ours.chat("ann", message).decision.notes == injected


def test_a_remark_on_an_answer_leaves_its_request_open() -> None:
    request, remark = "Which rule of calculus do I need here?", "I checked, and your result is incorrect."
    chosen = {}
    for query in ("message", "in_context"):
        ours = assistant(top_j=1, query=query, query_rewrite=False, card_text="note", min_relevance_margin=-1.0)
        teach(ours, "ann")
        first = ours.chat("ann", request).decision
        chosen[query] = (first.notes, ours.chat("ann", remark).decision)
    (alone, remarked), (same, in_context) = chosen["message"], chosen["in_context"]
    assert alone == same, "a new request is its own context"
    assert remarked.notes != in_context.notes == alone
    assert in_context.max_similarity > remarked.max_similarity


def test_without_the_gate_every_reward_counts_in_full() -> None:
    rng = np.random.default_rng(0)
    items = rng.normal(size=(3, 4))
    choice = CardChoice(items, (0, 1, 2), np.zeros((1, 4)), ("ann", "0-0"), np.full(3, 1 / 3), (0,))
    start = UserVectors.zero(4)
    gated, not_gated = (Reinforce(Rates(**RATES, gated=on), 1.0) for on in (True, False))
    weak, full = Reaction(-1.0, 0.2, np.zeros((0, 4)), ()), Reaction(-1.0, 1.0, np.zeros((0, 4)), ())
    assert np.array_equal(not_gated.learn(start, choice, weak).z_long, gated.learn(start, choice, full).z_long)
    assert not np.array_equal(gated.learn(start, choice, weak).z_long, gated.learn(start, choice, full).z_long)
