"""A language model in this process, through transformers. Requests that wait at the same time share a batch."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import TemplateError

from pum.core import rng
from pum.core.errors import InputError
from pum.core.schemas import Message, Reply, Usage
from pum.llm.chat_model import MAX_TOKENS, EmptyReply
from pum.llm.conversation import sendable, without_system_role
from pum.llm.reasoning import without_reasoning
from pum.llm.weights import dequantised, gguf_in

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_QUIET_S = 0.01


@dataclass(frozen=True, order=True)
class _PendingRequest:
    seed: int
    prompt: tuple[int, ...]
    max_tokens: int


@dataclass
class _Round:
    """Requests that wait for the model at the same time, and the task that answers them."""

    requests: list[_PendingRequest] = field(default_factory=list)
    task: asyncio.Task[list[Reply]] | None = None


class TransformersChat:
    """Greedy decoding at temperature 0, otherwise sampling. Each request has its own seed, independent of its batch.

    `path` is a folder that transformers can load, or one with a GGUF file.
    At most `max_batch` replies are generated at once. The order of arrival does not matter.
    """

    simulated = False

    def __init__(
        self,
        path: Path,
        max_batch: int = 8,
        max_new_tokens: int = MAX_TOKENS,
        dtype: str = "float32",
        temperature: float = 0.0,
    ) -> None:
        if max_batch < 1 or max_new_tokens < 1 or temperature < 0:
            raise InputError("max_batch and max_new_tokens must be at least 1, and temperature at least 0")
        self.name = path.name
        self.path, self._gguf = path, gguf_in(path)
        self.max_batch, self.max_new_tokens = max_batch, max_new_tokens
        self.dtype, self.temperature = dtype, temperature
        self._takes_system_role = True
        self._open: _Round | None = None
        self._latest: asyncio.Task[list[Reply]] | None = None

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """See ChatModel; the model's own `max_new_tokens` is a limit too.

        The oldest turns are dropped from a prompt that exceeds the model's context. InputError when the system message
        and the last turn alone exceed it, and when the model's template takes no such conversation.
        """
        limit = min(max_tokens, self.max_new_tokens)
        request = _PendingRequest(seed, self._prompt(messages, limit), limit)
        if self._open is None:
            self._open = _Round()
            self._open.task = self._latest = asyncio.create_task(self._answer_round(self._open, self._latest))
        joined = self._open
        joined.requests.append(request)
        position = len(joined.requests) - 1
        # The task is shared: a caller that gives up must not cancel it for the others.
        reply = (await asyncio.shield(joined.task))[position]
        if not reply.text:
            raise EmptyReply(f"model {self.name}: the reply holds no text, or nothing but reasoning")
        return reply

    def count_tokens(self, text: str) -> int:
        return len(self._tokens(text))

    async def _answer_round(self, current: _Round, previous: asyncio.Task | None) -> list[Reply]:
        """Collect requests while the previous round is busy and more keep arriving; then answer them."""
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        joined = 0
        while joined < len(current.requests):
            joined = len(current.requests)
            await asyncio.sleep(_QUIET_S)
        self._open = None
        return await asyncio.to_thread(self._answer_all, current.requests)

    def _answer_all(self, requests: Sequence[_PendingRequest]) -> list[Reply]:
        """One reply per request, in the order of `requests`."""
        order = sorted(range(len(requests)), key=requests.__getitem__)
        replies: dict[int, Reply] = {}
        for start in range(0, len(order), self.max_batch):
            batch = order[start : start + self.max_batch]
            replies |= zip(batch, self._generate([requests[position] for position in batch]), strict=True)
        return [replies[position] for position in range(len(requests))]

    def _generate(self, batch: Sequence[_PendingRequest]) -> list[Reply]:
        import torch
        from transformers import LogitsProcessorList

        tokens, mask = left_padded([request.prompt for request in batch], self._pad_token)
        width = tokens.shape[1]
        processors = LogitsProcessorList()
        if self.temperature:
            processors.append(_gumbel_noise([request.seed for request in batch], self.temperature, width))
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=tokens,
                attention_mask=mask,
                max_new_tokens=max(request.max_tokens for request in batch),
                pad_token_id=self._pad_token,
                do_sample=False,
                logits_processor=processors,
            )
        rows = zip(batch, output[:, width:].tolist(), strict=True)
        return [self._reply(row[: request.max_tokens], len(request.prompt)) for request, row in rows]

    def _reply(self, tokens: list[int], prompt_length: int) -> Reply:
        """The reply in `tokens`, up to the first end token; what follows is padding."""
        end = next((position for position, token in enumerate(tokens) if token in self._end_tokens), len(tokens))
        text = without_reasoning(self._tokenizer.decode(tokens[:end], skip_special_tokens=True).strip())
        return Reply(text, Usage(prompt_length, min(end + 1, len(tokens))), cut=end == len(tokens))

    def _prompt(self, messages: Sequence[Message], max_tokens: int) -> tuple[int, ...]:
        budget = self._model.config.max_position_embeddings - max_tokens
        kept = fit(messages, lambda kept: self.count_tokens(self._render(kept)), budget)
        return tuple(self._tokens(self._render(kept)))

    def _tokens(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False).input_ids

    def _render(self, messages: Sequence[Message]) -> str:
        """The prompt of the model's template. Templates may refuse a system role, or an assistant who speaks first."""
        messages = [{**message, "content": self._inert(message["content"])} for message in sendable(messages)]
        try:
            if self._takes_system_role:
                try:
                    return self._templated(messages)
                except TemplateError:
                    self._takes_system_role = False
            return self._templated(without_system_role(messages))
        except (TemplateError, ValueError) as error:
            raise InputError(f"model {self.name}: its chat template cannot be applied ({error})") from None

    def _templated(self, messages: Sequence[Message]) -> str:
        return self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, tokenize=False)

    def _inert(self, text: str) -> str:
        """`text` with a blank inside of whatever the tokenizer would take for one of its own marks."""
        return self._marks.sub(lambda mark: f"{mark[0][:1]} {mark[0][1:]}", text) if self._marks else text

    @cached_property
    def _marks(self) -> re.Pattern[str] | None:
        known = {*self._tokenizer.get_added_vocab(), *self._tokenizer.all_special_tokens}
        marks = sorted((mark for mark in known if len(mark.strip()) > 1), key=lambda mark: (-len(mark), mark))
        return re.compile("|".join(map(re.escape, marks))) if marks else None

    @cached_property
    def _end_tokens(self) -> frozenset[int]:
        end = self._model.generation_config.eos_token_id
        return frozenset(end if isinstance(end, list) else [end])

    @cached_property
    def _pad_token(self) -> int:
        """Padding is masked before a prompt and ignored after an end token, so an end token may serve for it."""
        pad = self._model.generation_config.pad_token_id
        return min(self._end_tokens) if pad is None else pad

    @cached_property
    def _folder(self) -> Path:
        return dequantised(self._gguf) if self._gguf else self.path

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerBase":
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True)

    @cached_property
    def _model(self) -> "PreTrainedModel":
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        logging.disable_progress_bar()
        return AutoModelForCausalLM.from_pretrained(self._folder, dtype=self.dtype, local_files_only=True).eval()


def left_padded(rows: Sequence[Sequence[int]], pad: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """Token ids and attention mask, both (rows, longest row).

    The tokenizer's own padding would change its state, which another thread may be using to count.
    """
    import torch

    width = max(map(len, rows))
    ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in rows])
    return ids, torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])


def fit(messages: Sequence[Message], count: Callable[[Sequence[Message]], int], budget: int) -> list[Message]:
    """`messages` without the oldest turns, so that their `count` is at most `budget`.

    The system message and the last user message always stay. What follows the system message starts with a user
    message.
    """
    system = [message for message in messages[:1] if message["role"] == "system"]
    turns = list(messages[len(system) :])
    starts = [0, *(position for position, turn in enumerate(turns) if position and turn["role"] == "user")]
    for start in starts:
        kept = system + turns[start:]
        if count(kept) <= budget:
            return kept
    raise InputError(f"the system message and the last turn take {count(kept)} tokens; the model has room for {budget}")


def _gumbel_noise(
    seeds: Sequence[int], temperature: float, prompt_width: int
) -> "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]":
    """A logits processor that turns greedy decoding into sampling (the Gumbel-max trick).

    Each row's noise depends on its own seed and position; torch's generator would mix the rows of a batch.
    """
    import torch

    def add_noise(input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        position = input_ids.shape[1] - prompt_width
        draws = [rng.generator(seed, "sampling", position).gumbel(size=scores.shape[1]) for seed in seeds]
        return scores / temperature + torch.from_numpy(np.stack(draws)).to(scores.dtype)

    return add_noise
