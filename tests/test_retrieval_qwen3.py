"""Qwen3's embedder and reranker on tiny random weights, and the same over HTTP: a text's vector and score are its own,
however its batch is ordered, split or padded."""

from pathlib import Path

import numpy as np
import pytest

from pum.config.params import check_params, load_params
from pum.core.errors import InputError
from pum.llm.chat_model import InvalidReply, RefusedError, TransportError
from pum.llm.failures import Backoff
from pum.methods.method import Resources, build_method
from pum.retrieval import qwen3, served
from pum.retrieval.embed import CachedEmbedder, load_embedder
from pum.retrieval.grid import GRID
from pum.retrieval.qwen3 import Qwen3Embedder, Qwen3Reranker, query_prefix, wrapped_document, wrapped_query
from pum.retrieval.served import ServedEmbedder, ServedReranker
from tests.model_server import KEY, body, cut, serving, status

TEXTS = ["Use bullets.", "When you write Python, add type hints and keep every name in snake case.", "Be brief."]
RAG = {
    "top_k": 9,
    "top_j": 2,
    "temperature": 1,
    "query_rewrite": False,
    "min_relevance_margin": -2.0,
    "card_text": "note",
}


def embedder_of(folder: Path, **settings: object) -> Qwen3Embedder:
    return Qwen3Embedder(qwen3.Qwen3EmbedderSettings(path=folder, **settings))


def reranker_of(folder: Path, **settings: object) -> Qwen3Reranker:
    return Qwen3Reranker(qwen3.Qwen3RerankerSettings(path=folder, **settings))


def served_embedder(url: str, **settings: object) -> ServedEmbedder:
    return ServedEmbedder(served.ServedEmbedderSettings(url=url, model="m", **settings))


def served_reranker(url: str, **settings: object) -> ServedReranker:
    return ServedReranker(served.ServedRerankerSettings(url=url, model="m", **settings))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A Qwen3 causal model with two layers and random weights; its words are those of the tests."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    texts = " ".join([*TEXTS, wrapped_query("judge", "type hints"), wrapped_document("?"), "no", query_prefix("find")])
    splitter = pre_tokenizers.Whitespace()
    words = ["<|endoftext|>", "[UNK]", *sorted({word for word, _ in splitter.pre_tokenize_str(texts)})]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = splitter
    folder = tmp_path_factory.mktemp("qwen3")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|endoftext|>", unk_token="[UNK]", padding_side="right"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        head_dim=16, intermediate_size=64, max_position_embeddings=512, initializer_range=0.5,
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_permuting_splitting_or_padding_a_batch_changes_no_vector(folder) -> None:
    whole = embedder_of(folder).encode(TEXTS)
    assert whole.shape == (3, 32) and len({row.tobytes() for row in whole}) == 3
    assert np.array_equal(whole * GRID, np.round(whole * GRID))
    assert np.allclose(np.linalg.norm(whole, axis=1), 1, atol=5e-3)
    np.testing.assert_array_equal(embedder_of(folder).encode(TEXTS[::-1]), whole[::-1])
    np.testing.assert_array_equal(embedder_of(folder, batch_size=1).encode(TEXTS), whole)


@pytest.mark.slow
def test_permuting_splitting_or_padding_a_batch_changes_no_score(folder) -> None:
    whole = reranker_of(folder, task="judge").score("type hints", TEXTS)
    assert len(set(whole.tolist())) == 3 and ((0 < whole) & (whole < 1)).all()
    np.testing.assert_array_equal(reranker_of(folder, task="judge").score("type hints", TEXTS[::-1]), whole[::-1])
    np.testing.assert_array_equal(reranker_of(folder, task="judge", batch_size=1).score("type hints", TEXTS), whole)


@pytest.mark.slow
def test_a_text_is_read_at_its_own_last_token(folder) -> None:
    """Against transformers itself, one unpadded text at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).double()
    for text, vector in zip(TEXTS, embedder_of(folder).encode(TEXTS), strict=True):
        ids = torch.tensor([tokenizer(text, add_special_tokens=False).input_ids + [tokenizer.pad_token_id]])
        hidden = model.model(ids).last_hidden_state[0, -1]
        np.testing.assert_allclose((hidden / hidden.norm()).detach().numpy(), vector, atol=1 / GRID)
    for text, score in zip(TEXTS, reranker_of(folder, task="judge").score("type hints", TEXTS), strict=True):
        prompt = wrapped_query("judge", "type hints") + wrapped_document(text)
        logits = model(torch.tensor([tokenizer(prompt, add_special_tokens=False).input_ids])).logits[0, -1]
        no, yes = logits[tokenizer.convert_tokens_to_ids(["no", "yes"])]
        assert score == pytest.approx(torch.sigmoid(yes - no).item(), abs=1e-6)


@pytest.mark.slow
def test_only_queries_get_the_instruction_and_each_of_their_sentences(folder) -> None:
    cached = CachedEmbedder(embedder_of(folder, task="find"))
    (query,), (document,) = cached.encode_queries(["Be brief."]), cached.encode(["Be brief."])
    assert not np.array_equal(query, document)
    np.testing.assert_array_equal(query, embedder_of(folder).encode([query_prefix("find") + "Be brief."])[0])
    both = cached.encode_queries(["Be brief. Use bullets."])[0]
    parts = cached.encode_queries(["Be brief.", "Use bullets."]).sum(axis=0)
    np.testing.assert_allclose(both, parts / np.linalg.norm(parts), atol=1.5 / GRID)


@pytest.mark.slow
def test_params_name_them(folder, embedder) -> None:
    method = build_method("rag", {**RAG, "reranker": {"kind": "qwen3", "path": str(folder)}}, Resources(embedder, None))
    assert isinstance(method.reranker, Qwen3Reranker)
    with pytest.raises(InputError, match="reranker"):
        build_method("rag", {**RAG, "reranker": {"kind": "qwen3", "paht": "x"}}, Resources(embedder, None))


def vector_of(text: str) -> list[float]:
    return [3.0 * len(text), -4.0 * len(text), 0.0]


def pooling(number: int, sent: dict):
    """As vLLM answers; embeddings in no particular order."""
    if "input" in sent:
        data = [{"index": index, "embedding": vector_of(text)} for index, text in enumerate(sent["input"])]
        return body({"data": data[::-1]})
    texts = sent.get("text_2") or sent["documents"]
    scores = [(index, len(text) / 1000) for index, text in enumerate(texts)]
    if "text_2" in sent:
        return body({"data": [{"index": index, "score": score} for index, score in scores]})
    ranking = sorted(scores, key=lambda item: -item[1])
    return body({"results": [{"index": index, "relevance_score": score} for index, score in ranking]})


def test_a_served_embedder_keeps_order_normalises_and_splits() -> None:
    with serving(pooling) as server:
        embedder = served_embedder(server.url, dimension=3, instruction="find")
        many = [f"text {number}" for number in range(100)]
        vectors = embedder.encode(many)
        assert len(server.bodies) == 2 and vectors.shape == (100, 3)
        np.testing.assert_allclose(vectors, np.tile([0.6, -0.8, 0.0], (100, 1)), atol=1 / GRID)
        CachedEmbedder(embedder).encode_queries(["Why?"])
        assert server.bodies[-1]["input"] == [query_prefix("find") + "Why?"]
    with serving(pooling) as server, pytest.raises(InvalidReply, match="vectors of 3 numbers, expected 4"):
        served_embedder(server.url, dimension=4).encode(["a"])


@pytest.mark.parametrize("route", ["score", "rerank"])
def test_a_served_reranker_gives_each_text_its_own_score(route) -> None:
    with serving(pooling) as server:
        scores = served_reranker(server.url, route=route).score("q", TEXTS)
        np.testing.assert_array_equal(scores, [len(text) / 1000 for text in TEXTS])
        wrapped = served_reranker(server.url, route=route, instruction="judge").score("q", TEXTS)
        np.testing.assert_array_equal(wrapped, [len(wrapped_document(text)) / 1000 for text in TEXTS])
        assert wrapped_query("judge", "q") in (server.bodies[-1].get("text_1"), server.bodies[-1].get("query"))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(500, f"no {KEY}"), TransportError),
        (cut, TransportError),
        (status(400), RefusedError),
        (status(401), InputError),
        (body(b"{"), InvalidReply),
        (body({"data": []}), InvalidReply),
        (body({"data": [{"index": 0, "embedding": ["x"], "score": "x"}]}), InvalidReply),
    ],
)
def test_their_failures_are_classed_and_hide_the_key(fault, kind, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(Backoff, "pause", lambda *_: 0.0)
    with serving(lambda number, _: fault) as server:
        for call in (
            lambda: served_embedder(server.url, dimension=3, max_retries=1).encode(["a"]),
            lambda: served_reranker(server.url, max_retries=1).score("q", ["a"]),
        ):
            with pytest.raises(kind) as caught:
                call()
            assert KEY not in str(caught.value)


def test_params_take_every_kind_of_embedder() -> None:
    data = load_params().model_dump(mode="json")
    for embedder in (
        {"kind": "served", "url": "http://127.0.0.1:9/v1", "model": "m", "dimension": 4},
        {"kind": "qwen3", "path": "models/qwen3-embedding-0.6b"},
    ):
        assert check_params({**data, "embedder": embedder}).embedder.kind == embedder["kind"]
    with pytest.raises(InputError, match="embedder"):
        check_params({**data, "embedder": {"path": "models/qwen3-embedding-0.6b"}})


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"kind": "served", "url": "somewhere", "model": "m", "dimension": 4}, r"^embedder\.url: 'somewhere' is no"),
        ({"kind": "served", "urls": "http://x", "model": "m", "dimension": 4}, r"^embedder\.urls: .* mean 'url'\?$"),
        ({"kind": "qwen", "path": "x"}, r"^unknown embedder 'qwen': did you mean 'qwen3'\?$"),
        ({"kind": "hashing", "width": 3}, r"^embedder\.width: no such key; there are kind$"),
    ],
)
def test_what_is_wrong_with_an_embedder_is_a_line(section: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_embedder(check_params({**load_params().model_dump(mode="json"), "embedder": section}).embedder)
