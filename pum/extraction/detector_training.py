"""Trains the detector: a low-rank adapter (LoRA, by peft) in the encoder's upper layers, and the heads.

What it needs is in the extra `detector` of pyproject.toml. A second training gives other bytes: the weights are data.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from pum.extraction.detector import ATTRIBUTES, CALM, ENCODER, TOPICS, windows
from pum.extraction.labels import Lesson
from pum.extraction.units import TAGS
from pum.llm.weights import fetch


@dataclass(frozen=True)
class Training:
    """Chosen on heldout_dev. `first_layer`: the first one that is adapted; what those below say is computed once."""

    epochs: int = 7
    learning_rate: float = 1e-3
    batch: int = 16
    rank: int = 8
    first_layer: int = 2
    adapted: tuple[str, ...] = ("query", "key", "value", "intermediate.dense", "output.dense")
    dropout: float = 0.05
    warm_up: float = 0.06
    topics_count: float = 0.5
    attributes_count: float = 1.0
    seed: int = 20260321


@dataclass(frozen=True)
class _Window:
    """What is read at once of a lesson: the lower layers' output (pieces, d), where its units begin, their numbers."""

    hidden: torch.Tensor
    firsts: list[int]
    numbers: list[int]
    lesson: Lesson


class _Model(nn.Module):
    def __init__(self, training: Training) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModel

        super().__init__()
        encoder = AutoModel.from_pretrained(fetch(ENCODER))
        layers = range(training.first_layer, encoder.config.num_hidden_layers)
        adapter = LoraConfig(
            r=training.rank,
            lora_alpha=2 * training.rank,
            lora_dropout=training.dropout,
            target_modules=list(training.adapted),
            layers_to_transform=list(layers),
            layers_pattern="layer",
        )
        self._adapted = get_peft_model(encoder, adapter)
        self._first = training.first_layer
        self._dropout = nn.Dropout(training.dropout)
        self.units = nn.Linear(encoder.config.hidden_size, TAGS + len(ATTRIBUTES))
        self.topics = nn.Linear(encoder.config.hidden_size, len(TOPICS))

    @property
    def _bert(self) -> nn.Module:
        return self._adapted.base_model.model

    @torch.no_grad()
    def lower(self, pieces: list[int]) -> torch.Tensor:
        """(pieces, d), below the first layer that is adapted."""
        hidden = self._bert.embeddings(input_ids=torch.tensor([pieces]))
        for layer in self._bert.encoder.layer[: self._first]:
            hidden = _of(layer(hidden, None))
        return hidden[0]

    def upper(self, hidden: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """(batch, pieces, d) of what `lower` gave, `present` (batch, pieces)."""
        attends = ((1 - present) * -1e9)[:, None, None, :]
        for layer in self._bert.encoder.layer[self._first :]:
            hidden = _of(layer(hidden, attends))
        return self._dropout(hidden)

    def weights(self) -> dict[str, np.ndarray]:
        """The adapter, its scale within B, and the heads, by the names that `detector.Network` knows."""
        found = {f"{head}.{name}": value for head in ("units", "topics") for name, value in
                 getattr(self, head).named_parameters()}  # fmt: skip
        for name, module in self._bert.named_modules():
            if hasattr(module, "lora_A"):
                found[f"{name}.A"] = module.lora_A["default"].weight
                found[f"{name}.B"] = module.lora_B["default"].weight * module.scaling["default"]
        return {name: value.detach().numpy() for name, value in found.items()}


def train(
    lessons: Sequence[Lesson], training: Training, after_epoch: Callable[[int, float, dict[str, np.ndarray]], None]
) -> dict[str, np.ndarray]:
    """The weights learnt from `lessons`. `after_epoch` is told of each epoch's number, mean loss and weights."""
    from transformers import AutoTokenizer

    torch.manual_seed(training.seed)
    order = random.Random(training.seed)
    model, tokenizer = _Model(training).eval(), AutoTokenizer.from_pretrained(fetch(ENCODER))
    read = [
        _Window(model.lower(pieces), firsts, numbers, lesson)
        for lesson in lessons
        if lesson.units.places
        for pieces, firsts, numbers in windows(tokenizer, lesson.units)
    ]
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    steps = training.epochs * len(_batches(read, training.batch, random.Random(0)))
    optimizer = torch.optim.AdamW(learnt, lr=training.learning_rate, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / (training.warm_up * steps)) * max(0.02, 1 - step / steps)
    )
    for epoch in range(training.epochs):
        model.train()
        losses = []
        for batch in _batches(read, training.batch, order):
            loss = _loss(model, batch, training)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            rate.step()
            losses.append(float(loss.detach()))
        after_epoch(epoch, float(np.mean(losses)), model.weights())
    return model.weights()


def _batches(read: Sequence[_Window], size: int, order: random.Random) -> list[list[_Window]]:
    """Windows of about one length, in an order drawn anew."""
    shuffled = order.sample(read, len(read))
    alike = [
        window
        for start in range(0, len(shuffled), 16 * size)
        for window in sorted(shuffled[start : start + 16 * size], key=lambda window: len(window.hidden))
    ]
    found = [alike[start : start + size] for start in range(0, len(alike), size)]
    order.shuffle(found)
    return found


def _loss(model: _Model, batch: Sequence[_Window], training: Training) -> torch.Tensor:
    longest = max(len(window.hidden) for window in batch)
    hidden = torch.zeros(len(batch), longest, batch[0].hidden.shape[1])
    present = torch.zeros(len(batch), longest)
    for row, window in enumerate(batch):
        hidden[row, : len(window.hidden)], present[row, : len(window.hidden)] = window.hidden, 1
    read = model.upper(hidden, present)
    rows = torch.tensor([row for row, window in enumerate(batch) for _ in window.firsts])
    of_units = model.units(read[rows, torch.tensor([first for window in batch for first in window.firsts])])
    allowed = torch.from_numpy(np.concatenate([window.lesson.allowed[window.numbers] for window in batch]))
    likely = of_units[:, :TAGS].log_softmax(-1).masked_fill(~allowed, -1e4).logsumexp(-1)
    about = model.topics(read).masked_fill(present[..., None] == 0, -1e4).logsumexp(1) - CALM
    return (
        -likely.mean()
        + training.topics_count * _of_known(about, [window.lesson.topics for window in batch])
        + training.attributes_count * _of_spans(model, read, batch)
    )


def _of_spans(model: _Model, read: torch.Tensor, batch: Sequence[_Window]) -> torch.Tensor:
    """The loss of the attributes, which are read from a span's mean unit."""
    means, labels = [], []
    for row, window in enumerate(batch):
        place = dict(zip(window.numbers, window.firsts, strict=True))
        for numbers, wanted, standing in window.lesson.spans:
            if own := [place[number] for number in numbers if number in place]:
                means.append(read[row, own].mean(0))
                labels.append((wanted, standing))
    if not means:
        return torch.zeros(())
    return _of_known(model.units(torch.stack(means))[:, TAGS:], labels)


def _of_known(log_odds: torch.Tensor, labels: Sequence[Sequence[bool | None]]) -> torch.Tensor:
    values = torch.tensor([[-1.0 if label is None else float(label) for label in row] for row in labels])
    known = values >= 0
    return binary_cross_entropy_with_logits(log_odds[known], values[known]) if known.any() else torch.zeros(())


def _of(output: object) -> torch.Tensor:
    return output[0] if isinstance(output, tuple) else output
