"""How the offline agent reads a conversation: which request is open, and which instructions it has been given.

It sees the messages and nothing else. What it brings along is what a language model brings: it knows the benchmark's
tasks (its skill, from which it may still err), understands the ways in which people phrase requests, and recognises
an instruction by its meaning (embedding match with the catalogue's preferences).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.core.schemas import Message
from pum.retrieval.embed import CachedEmbedder

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
UNDERSTANDS_AT = 0.6
"""Cosine with one of the catalogue's wordings from which a sentence is taken for that instruction."""


@dataclass(frozen=True)
class OpenRequest:
    """What the user waits for, and the index of the message that asked; `disputed`: its answer was called wrong."""

    task: Task
    request_type: RequestType
    position: int
    disputed: bool

    @property
    def tags(self) -> frozenset[str]:
        return self.task.tags | self.request_type.tags | ({"wrong_answer"} if self.disputed else set())


class InstructionParser:
    """Finds requests by the phrases people use, and instructions by their meaning."""

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
        # Asked back in a follow-up, people repeat the task and their question.
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
            for text in _ways_to_say(preference)
            if preference.style
        ]
        self._styles = [style for style, _ in known]
        self._known = embedder.encode([text for _, text in known])
        self._openings: dict[str, tuple[Task, RequestType] | None] = {}
        self._instructions: dict[str, str | None] = {}
        self._heard: dict[str, tuple[tuple[str, str], ...]] = {}

    def open_request(self, messages: Sequence[Message]) -> OpenRequest | None:
        """The latest request in the conversation; None when the user has not said yet what it is about."""
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

    def instructions(self, text: str) -> tuple[tuple[str, str], ...]:
        """(style, sentence) of each sentence of `text` that asks for a known style."""
        if text not in self._heard:
            found = [(self._style(sentence), sentence) for sentence in _SENTENCE.split(text)]
            self._heard[text] = tuple((style, sentence) for style, sentence in found if style)
        return self._heard[text]

    def is_request(self, text: str) -> bool:
        return (
            text in self._followups
            or text in self.wrong_answer
            or text in self._vague
            or self._opening(text) is not None
        )

    def _opening(self, text: str) -> tuple[Task, RequestType] | None:
        if text not in self._openings:
            self._openings[text] = self._parse_opening(text)
        return self._openings[text]

    def _parse_opening(self, text: str) -> tuple[Task, RequestType] | None:
        for lead in self._clarifying:
            text = text.removeprefix(lead)
        for before, after, request_type in self._frames:
            if text.startswith(before) and text.endswith(after):
                task = self._tasks.get(text[len(before) : len(text) - len(after)])
                if task:
                    return task, request_type
        return None

    def _style(self, sentence: str) -> str | None:
        sentence = sentence.strip(" -*\t")
        if len(sentence) < 8:
            return None
        if sentence not in self._instructions:
            scores = self._known @ self._embedder.one(sentence)
            best = int(np.argmax(scores))
            self._instructions[sentence] = self._styles[best] if scores[best] >= self._match_at else None
        return self._instructions[sentence]


def _ways_to_say(preference: Preference) -> tuple[str, ...]:
    return (preference.note, preference.action, *preference.wordings)
