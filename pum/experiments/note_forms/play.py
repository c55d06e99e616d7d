"""Asks the served model for every reply of the comparison, and records it; a killed run goes on where it was."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pandas as pd

from pum.analysis.figures import save, use_style
from pum.analysis.figures.calibration import draw_note_forms
from pum.analysis.note_forms import FormReply, best_forms, form_table
from pum.analysis.tables import write_csv
from pum.assistant.components import load_resources, model_at
from pum.bench.agent.curves import MEASURED, read_calibration
from pum.bench.catalogue import load_preferences, load_request_types
from pum.bench.profiles import read_profiles
from pum.bench.tasks.collection import read_tasks
from pum.bench.tasks.grading import VerdictStore, graders_digest
from pum.bench.types import Preference, Task
from pum.calibration.records import RecordBook
from pum.config.params import Params
from pum.config.servers import ServerParams
from pum.core.concurrency import run_sync
from pum.core.errors import InputError
from pum.core.paths import DATA, ROOT, WORK
from pum.core.rng import key
from pum.core.schemas import Message, Reply
from pum.experiments.note_forms.memory import Memories, NoteOf
from pum.experiments.note_forms.plan import (
    FIRST_TURN,
    NONE,
    ROUNDS,
    SINGLE,
    TASKS,
    Condition,
    Occasion,
    Situations,
    draw_preferences,
    other,
    several,
)
from pum.llm.chat_model import ChatModel, InvalidReply, RefusedError
from pum.llm.note_forms import NoteForm, note_form
from pum.llm.prompt_builder import build_messages, estimate_tokens
from pum.llm.prompts import system_prompt

log = logging.getLogger(__name__)

MAX_TOKENS, CONTEXT_TOKENS = 512, 7000
CONCURRENCY = 32


def compare(params: Params, server: ServerParams, journal: Path, output: Path, figures: Path) -> None:
    """Play what is missing in `journal` with the served model, then write the table and the figure of what is there.

    With a complete journal no server is needed. InputError for a journal of other prompts; ChatError if the server
    stops answering: the same command goes on.
    """
    model = model_at(server.urls or None, server.model, timeout_s=1800, concurrency=CONCURRENCY)
    catalogue = {preference.id: preference for preference in load_preferences()}
    tasks = read_tasks(DATA / "tasks.jsonl")
    situations = Situations(load_request_types(), tasks, params.seed)
    rates = read_calibration(ROOT / MEASURED)["rates"]["unprompted by style"]
    unprompted = {style: rate for style, (rate, *_) in rates.items()}
    profiles = read_profiles(DATA / "profiles.jsonl", catalogue)
    comparison = Comparison(
        model=model,
        book=RecordBook(journal, FormReply),
        drawn=draw_preferences(tuple(catalogue.values()), unprompted, situations, params.seed),
        situations=situations,
        memories=Memories(params, load_resources(params), catalogue, profiles, situations, params.seed),
        catalogue=catalogue,
        tasks={task.task_id: task for task in tasks},
        seed=params.seed,
    )
    try:
        run_sync(comparison.play())
    finally:  # what is there, also when the server stops
        table = comparison.table()
        if not table.empty:
            write_csv(table, output)
            use_style()
            title = f"Notes followed by {server.model}, by form (95% intervals)"
            save(draw_note_forms(table, title), figures, "note_forms")


@dataclass
class Comparison:
    """What is played with which model, and where replies are kept. At most `concurrency` requests are open."""

    model: ChatModel
    book: RecordBook[FormReply]
    drawn: Sequence[Preference]
    situations: Situations
    memories: Memories
    catalogue: Mapping[str, Preference]
    tasks: Mapping[str, Task]
    seed: int
    concurrency: int = CONCURRENCY
    verdicts: VerdictStore = field(default_factory=lambda: VerdictStore(WORK / f"verdicts-{graders_digest()}.sqlite"))

    async def play(self) -> None:
        """First all single notes, then tasks, then more notes in the forms that were followed most.

        Each is a round over all preferences before the next round, so that whatever is there is balanced.
        """
        occasions = [self.situations.of(preference, ROUNDS) for preference in self.drawn]
        rounds = [occasion for number in zip(*occasions, strict=True) for occasion in number]
        await self._play(rounds, SINGLE)
        await self._play(self.situations.tasks_for(self.drawn), TASKS)
        await self._play(rounds, several(best_forms(self.book, self.catalogue, self.tasks)))

    def table(self) -> pd.DataFrame:
        return form_table(self.book, self.catalogue, self.tasks, self.verdicts)

    async def _play(self, occasions: Iterable[Occasion], conditions: Sequence[Condition]) -> None:
        gate, begun = asyncio.Semaphore(self.concurrency), {}

        async def first_turn(occasion: Occasion) -> str:
            """Shared by all conditions of an occasion, whichever comes first."""
            place = occasion.focus.id, occasion.number
            if place not in begun:
                begun[place] = asyncio.ensure_future(self._reply(occasion, FIRST_TURN, ()))
            return (await begun[place]).reply

        async def one(occasion: Occasion, condition: Condition) -> None:
            async with gate:
                history: tuple[Message, ...] = ()
                if len(occasion.texts) == 2:
                    before = await first_turn(occasion)
                    said = Message(role="user", content=occasion.texts[0])
                    history = said, Message(role="assistant", content=before)
                await self._reply(occasion, condition, history)

        await asyncio.gather(*(one(*cell) for cell in product(occasions, conditions)))

    async def _reply(self, occasion: Occasion, condition: Condition, history: tuple[Message, ...]) -> FormReply:
        """The reply of a cell, from the journal if it is there."""
        notes = self._notes(occasion, condition)
        message = occasion.texts[0 if condition.about == "first_turn" else -1]
        messages = build_messages(
            [note for _, note in notes], (), history, message, CONTEXT_TOKENS, estimate_tokens,
            system=system_prompt(condition.system),
            form=NoteForm() if condition.form == NONE else note_form(condition.form),
        )  # fmt: skip
        cell = dict(vars(condition), focus=occasion.focus.id, number=occasion.number)
        prompt = hashlib.blake2b(repr([(it["role"], it["content"]) for it in messages]).encode(), digest_size=8)
        place = "/".join(str(value) for value in cell.values())
        if place in self.book:
            if self.book[place].prompt != prompt.hexdigest():
                raise InputError(f"{self.book.path}: {place} has another prompt by now; move the file away")
            return self.book[place]
        try:
            reply = await self.model.answer(messages, seed=key(self.seed, "note forms"), max_tokens=MAX_TOKENS)
        except (InvalidReply, RefusedError) as error:  # greedy, so it would be the same again
            log.warning("note forms: %s counts as an empty reply: %s", place, error)
            reply = Reply("", error.usage)
        record = FormReply(
            key=place,
            **cell,
            prompt=prompt.hexdigest(),
            noted=[id_ for id_, _ in notes],
            task=occasion.task.task_id,
            tags=sorted(occasion.tags),
            answers_task=len(occasion.texts) == 1,
            reply=reply.text,
            prompt_tokens=reply.usage.prompt_tokens,
            completion_tokens=reply.usage.completion_tokens,
            cut=reply.usage.completion_tokens >= MAX_TOKENS,
        )
        self.book.add(record)
        if len(self.book) % 50 == 0:
            print(f"{len(self.book)} replies", flush=True)
        return record

    def _notes(self, occasion: Occasion, condition: Condition) -> tuple[NoteOf, ...]:
        """With one note, whether its condition is met is unknown: `mixed` keeps it."""
        if not condition.notes:
            return ()
        if condition.about == "other":
            return (self.memories.single(other(occasion, self.drawn, self.seed), condition.wording, met=False),)
        if condition.notes == 1 and condition.about == "focus":
            return (self.memories.single(occasion.focus, condition.wording, met=False),)
        return self.memories.found(occasion, condition.notes, condition.wording)
