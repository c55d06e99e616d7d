"""Plays planned chains with a model, many at a time, and records every reply; a killed measurement can be resumed."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pum.bench.catalogue import RequestType, UtteranceTemplates
from pum.bench.types import Preference, Task
from pum.calibration.chains import Chain
from pum.calibration.records import Record, RecordBook, violated
from pum.core.rng import key, pick
from pum.core.schemas import Message, Note
from pum.llm.chat_model import ChatModel
from pum.llm.note_forms import note_form
from pum.llm.prompt_builder import build_messages, estimate_tokens
from pum.llm.prompts import system_prompt

_CONTEXT_TOKENS = 6000


@dataclass(frozen=True)
class Measurement:
    """What chains are played with. `max_tokens` bounds each reply; at most `concurrency` chains run at once."""

    model: ChatModel
    book: RecordBook
    catalogue: Mapping[str, Preference]
    templates: UtteranceTemplates
    max_tokens: int
    concurrency: int


async def measure(measurement: Measurement, chains: Iterable[Chain]) -> None:
    """Play all chains; they start in order, whenever another one may run."""
    gate = asyncio.Semaphore(measurement.concurrency)

    async def one(chain: Chain) -> None:
        async with gate:
            await _Conversation(measurement, chain).play()

    await asyncio.gather(*(one(chain) for chain in chains))


@dataclass
class _Conversation:
    """One chain being played. `asked` holds (preference, index of the message that asked for it)."""

    measurement: Measurement
    chain: Chain
    history: list[Message] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def play(self) -> None:
        chain = self.chain
        record = await self._request(chain.tasks[0], chain.opening, 0)
        if chain.followup:
            record = await self._request(chain.tasks[0], chain.followup, 0)
        record = await self._ask(record)
        if chain.followup:
            await self._request(chain.tasks[0], chain.followup, 1)
        else:
            for number, task in enumerate(chain.tasks[1:], start=1):
                await self._request(task, chain.opening, number)

    async def _request(self, task: Task, request_type: RequestType, number: int) -> Record:
        shift = key(*self.chain.random_key, "phrasing") + number
        text = request_type.phrasings[shift % len(request_type.phrasings)].replace("{statement}", task.statement)
        return await self._say(text, task, request_type, answers_task=request_type.role == "opening")

    async def _ask(self, record: Record) -> Record:
        """Ask for a preference that the last reply violated: the focus if possible, else any; or do nothing."""
        chain, book = self.chain, self.measurement.templates
        found = violated(record, self.measurement.catalogue)
        if not found:
            return record
        wanted = next((p for p in found if p.id == chain.focus), None) or pick(found, *chain.random_key, "wish")
        frames = [frame for tone in sorted(book.enforcement) for frame in book.enforcement[tone]]
        wording = pick(wanted.wordings, *chain.random_key, "wording")
        self.asked.append((wanted.id, len(self.history)))
        text = str(pick(frames, *chain.random_key, "frame")).format(wording=wording)
        return await self._say(text, chain.tasks[0], chain.request_type, answers_task=False)

    async def _say(self, text: str, task: Task, request_type: RequestType, *, answers_task: bool) -> Record:
        """The reply to `text`, from the records if it is there, else from the model."""
        notes = [Note(note) for _, note in self.chain.notes]
        messages = build_messages(
            notes, (), self.history, text, _CONTEXT_TOKENS, estimate_tokens,
            system=system_prompt("graded"), form=note_form("system"),
        )  # fmt: skip
        digest = hashlib.blake2b(json.dumps(messages).encode(), digest_size=16).hexdigest()
        book = self.measurement.book
        if digest not in book:
            reply = await self.measurement.model.answer(
                messages, seed=key(*self.chain.random_key, "reply"), max_tokens=self.measurement.max_tokens
            )
            book.add(
                Record(
                    key=digest,
                    task=task,
                    request_type=request_type.id,
                    tags=sorted(task.tags | request_type.tags),
                    notes=[preference.id for preference, _ in self.chain.notes],
                    own_words=self.chain.own_words,
                    asked=[(id_, len(self.history) + 1 - index) for id_, index in self.asked],
                    answers_task=answers_task,
                    prompt_tokens=sum(estimate_tokens(message["content"]) for message in messages),
                    reply=reply.text,
                )
            )
        self.history += [
            Message(role="user", content=text),
            Message(role="assistant", content=book[digest].reply),
        ]
        return book[digest]
