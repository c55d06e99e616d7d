"""Qwen3's embedder and reranker in this process: decoder models, read at the last token of left-padded batches.

Left padding puts the last token of every text in the same column. Positions count from a text's own first token, so
padding affects only the last bits of a result, and rounding from float64 removes those.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import PositiveInt

from pum.core.validation import OfKind
from pum.llm.transformers_chat import left_padded
from pum.retrieval.embed import EMBEDDERS, CachedEmbedder
from pum.retrieval.grid import on_grid, weights_identity
from pum.retrieval.rerank import RERANKERS

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

EMBEDDING_TASK = "Given what a person asks an assistant, retrieve notes on how the person likes to be answered"
RERANKING_TASK = (
    "Given what a person asks an assistant, judge whether the note on how the person likes to be answered fits"
)

_LONGEST = 8192
"""Maximum number of tokens. The end of a longer text is not embedded."""

_SYSTEM = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".'
)
_BEFORE = f"<|im_start|>system\n{_SYSTEM}<|im_end|>\n<|im_start|>user\n"
_AFTER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def query_prefix(task: str) -> str:
    """The instruction in front of queries; documents have none."""
    return f"Instruct: {task}\nQuery:"


def wrapped_query(task: str, query: str) -> str:
    return f"{_BEFORE}<Instruct>: {task}\n<Query>: {query}\n"


def wrapped_document(text: str) -> str:
    """The rest of the reranker's prompt, which its answer follows."""
    return f"<Document>: {text}{_AFTER}"


class Qwen3EmbedderSettings(OfKind):
    """`path`: a folder with a Qwen3-Embedding model; `task`: the instruction before queries."""

    kind: str = "qwen3"
    path: Path
    task: str = EMBEDDING_TASK
    batch_size: PositiveInt = 16


class Qwen3RerankerSettings(Qwen3EmbedderSettings):
    """`path`: a folder with a Qwen3-Reranker model; `task`: the instruction it judges by."""

    task: str = RERANKING_TASK


class _Qwen3:
    """A model in a local folder, loaded with the first text."""

    _auto_class: str

    def __init__(self, settings: Qwen3EmbedderSettings) -> None:
        self.path, self.task, self.batch_size = settings.path, settings.task, settings.batch_size

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerBase":
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self.path, local_files_only=True)

    @cached_property
    def _model(self) -> "PreTrainedModel":
        import transformers

        auto_class = getattr(transformers, self._auto_class)
        return auto_class.from_pretrained(self.path, dtype="float64", local_files_only=True).eval()

    def _batches(self, rows: Sequence[list[int]]) -> list[Sequence[list[int]]]:
        return [rows[start : start + self.batch_size] for start in range(0, len(rows), self.batch_size)]


@EMBEDDERS.register("qwen3", Qwen3EmbedderSettings)
class Qwen3Embedder(_Qwen3):
    """Vectors of a Qwen3-Embedding folder: the last token's hidden state, normalised."""

    _auto_class = "AutoModel"

    def __init__(self, settings: Qwen3EmbedderSettings) -> None:
        super().__init__(settings)
        self.identity = weights_identity(self.path)
        self.query_prefix = query_prefix(self.task)

    @cached_property
    def dimension(self) -> int:
        return self._model.config.hidden_size

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32 on the grid."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = [ids + [self._end] for ids in _ids(self._tokenizer, texts, _LONGEST - 1)]
        hidden = np.concatenate([self._last_hidden(batch) for batch in self._batches(rows)])
        return on_grid(hidden / np.linalg.norm(hidden, axis=1, keepdims=True))

    def _last_hidden(self, rows: Sequence[list[int]]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            return self._model(**_inputs(rows, self._end)).last_hidden_state[:, -1].numpy()

    @cached_property
    def _end(self) -> int:
        """The token at which a text's hidden state is read: the padding token, as in training."""
        return self._tokenizer.pad_token_id


class Qwen3Reranker(_Qwen3):
    """Scores of a Qwen3-Reranker folder: the probability of "yes" against "no" after query and note, in [0, 1]."""

    _auto_class = "AutoModelForCausalLM"

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """(len(texts),) float64. A text's score does not depend on the other texts."""
        if not texts:
            return np.zeros(0)
        begin = wrapped_query(self.task, query)
        rows = _ids(self._tokenizer, [begin + wrapped_document(text) for text in texts])
        return np.round(np.concatenate([self._yes(batch) for batch in self._batches(rows)]), 6)

    def _yes(self, rows: Sequence[list[int]]) -> np.ndarray:
        import torch

        no, yes = self._tokenizer.convert_tokens_to_ids(["no", "yes"])
        with torch.inference_mode():
            logits = self._model(**_inputs(rows, self._tokenizer.pad_token_id), logits_to_keep=1).logits[:, -1]
            return torch.softmax(logits[:, [no, yes]], dim=1)[:, 1].numpy()


@RERANKERS.register("qwen3", Qwen3RerankerSettings)
def build_reranker(settings: Qwen3RerankerSettings, embedder: CachedEmbedder) -> Qwen3Reranker:
    return Qwen3Reranker(settings)


def _ids(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str], longest: int | None = None) -> list[list[int]]:
    return [ids[:longest] for ids in tokenizer(list(texts), add_special_tokens=False).input_ids]


def _inputs(rows: Sequence[list[int]], pad: int) -> "dict[str, torch.Tensor]":
    """Token ids, mask and positions, each (rows, longest row)."""
    ids, mask = left_padded(rows, pad)
    return {"input_ids": ids, "attention_mask": mask, "position_ids": (mask.cumsum(1) - 1).clamp(min=0)}
