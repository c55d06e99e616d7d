"""Rerankers score each text by itself: permuting, padding or splitting a batch changes nothing."""

import numpy as np
import pytest

from pum.core.errors import InputError
from pum.methods.method import Resources, build_method
from pum.retrieval.rerank import BiEncoderReranker, CrossEncoderReranker

TEXTS = ["Use bullets.", "When you write Python, add type hints and keep every name in snake case.", "Be brief."]
RAG = {
    "top_k": 9,
    "top_j": 2,
    "temperature": 1,
    "query_rewrite": False,
    "min_relevance_margin": -2.0,
    "card_text": "note",
}


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory):
    """A tiny, untrained BERT cross-encoder in a folder, as any real one would be."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *sorted({w.lower() for text in TEXTS for w in text.strip(".").split()}),
    ]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder = tmp_path_factory.mktemp("cross-encoder")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    import torch

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        num_labels=1, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_a_cross_encoders_scores_do_not_depend_on_the_batch(cross_encoder) -> None:
    whole = CrossEncoderReranker(cross_encoder).score("type hints", TEXTS)
    assert len(set(whole.tolist())) == 3
    np.testing.assert_array_equal(CrossEncoderReranker(cross_encoder).score("type hints", TEXTS[::-1]), whole[::-1])
    alone = CrossEncoderReranker(cross_encoder, batch_size=1)
    np.testing.assert_array_equal(alone.score("type hints", TEXTS), whole)
    assert alone.score("type hints", []).shape == (0,)


@pytest.mark.slow
def test_a_folder_in_params_is_a_cross_encoder_and_nothing_else_is(cross_encoder, embedder) -> None:
    resources = Resources(embedder, item_space=None)
    method = build_method("rag", {**RAG, "reranker": str(cross_encoder)}, resources)
    assert isinstance(method.reranker, CrossEncoderReranker)
    with pytest.raises(InputError, match="neither bi_encoder, none, nor"):
        build_method("rag", {**RAG, "reranker": "no/such/folder"}, resources)


def test_the_bi_encoder_prefers_the_text_that_shares_words(embedder) -> None:
    scores = BiEncoderReranker(embedder).score("add type hints", TEXTS)
    assert int(np.argmax(scores)) == 1
