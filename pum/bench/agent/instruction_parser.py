"""Reads a conversation for the simulated agent: finds the open request and the instructions that the user gave.

The parser sees only the messages. Like a language model it brings some knowledge: the benchmark's tasks, the ways in
which people phrase requests, and the meaning of instructions (embedding match with the catalogue's preferences).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.core.schemas import Message
from pum.retrieval.embed import CachedEmbedder

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
UNDERSTANDS_AT = 0.6
"""A sentence counts as an instruction from this cosine with one of the catalogue's wordings on."""


@dataclass(frozen=True)
class OpenRequest:
    """The request that the user waits for. `position`: the index of its message; `disputed`: the user called the
    answer wrong."""

    task: Task
    request_type: RequestType
    position: int
    disputed: bool

    @property
    def tags(self) -> frozenset[str]:
        return self.task.tags | self.request_type.tags | ({"wrong_answer"} if self.disputed else set())


class InstructionParser:
    """Finds requests by their phrasings, and instructions by their meaning."""

    def __init__(
        self,
        tasks: Iterable[Task],
        templates: UtteranceTemplates,
        catalogue: Sequence[Preference],
        embedder: CachedEmbedder,
        match_at: float = UNDERSTANDS_AT,
    ) -> None:
        self._tasks = {task.statement: task for task in tasks}
        followups = {text: request_type for request_type in templates.followups for text in request_type.phrasings}
        turns = {f"{turn} {text}": it for turn in templates.topic_changes for text, it in followups.items()}
        self._followups = followups | turns
        framed = [(text, request_type) for request_type in templates.openings for text in request_type.phrasings]
        # When the agent asks back in a follow-up, users repeat the task and their question.
        framed += [(f"{{statement}}\n\n{text}", request_type) for text, request_type in followups.items()]
        self._frames = sorted(
            ((*text.split("{statement}"), request_type) for text, request_type in framed),
            key=lambda frame: -len(frame[0]) - len(frame[1]),
        )
        self.wrong_answer = frozenset(templates.wrong_answer)
        leads = (*templates.clarified, *templates.restated)
        self._clarifying = tuple(text.removesuffix("{statement}") for text in leads)
        self._vague = frozenset(text for texts in templates.vague.values() for text in texts)
        self._embedder, self._match_at = embedder, match_at
        known = [
            (preference.style, text)
            for preference in catalogue
            for text in (preference.note, preference.action, *preference.wordings)
            if preference.style
        ]
        self._styles = [style for style, _ in known]
        self._known = embedder.encode([text for _, text in known])
        self.instructions, self._opening = cache(self._find_instructions), cache(self._parse_opening)
        self._style = cache(self._find_style)

    def open_request(self, messages: Sequence[Message]) -> OpenRequest | None:
        """The latest request in the conversation; None when the user has not yet said what it is about."""
        followup: tuple[int, RequestType] | None = None
        disputed = False
        for position in range(len(messages) - 1, -1, -1):
            if messages[position]["role"] != "user":
                continue
            text = messages[position]["content"]
            if text in self._vague:
                return None
            if text in self.wrong_answer and followup is None:
                disputed = True
            elif text in self._followups and followup is None:
                followup = (position, self._followups[text])
            elif opened := self._opening(text):
                task, request_type = opened
                if followup:
                    return OpenRequest(task, followup[1], followup[0], disputed)
                return OpenRequest(task, request_type, position, disputed)
        return None

    def _find_instructions(self, text: str) -> tuple[tuple[str, str], ...]:
        """(style, sentence) of each sentence of `text` that asks for a known style."""
        found = [(self._style(sentence.strip(" -*\t")), sentence) for sentence in _SENTENCE.split(text)]
        return tuple((style, sentence) for style, sentence in found if style)

    def is_request(self, text: str) -> bool:
        """True for a message that asks for an answer rather than for a style."""
        return (
            text in self._followups
            or text in self.wrong_answer
            or text in self._vague
            or self._opening(text) is not None
        )

    def _parse_opening(self, text: str) -> tuple[Task, RequestType] | None:
        for lead in self._clarifying:
            text = text.removeprefix(lead)
        for before, after, request_type in self._frames:
            if text.startswith(before) and text.endswith(after):
                task = self._tasks.get(text[len(before) : len(text) - len(after)])
                if task:
                    return task, request_type
        return None

    def _find_style(self, sentence: str) -> str | None:
        if len(sentence) < 8:
            return None
        scores = self._known @ self._embedder.one(sentence)
        best = int(np.argmax(scores))
        return self._styles[best] if scores[best] >= self._match_at else None
