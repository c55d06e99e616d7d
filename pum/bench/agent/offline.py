"""The simulated agent: a chat model without a language model. It reads messages, draws decisions, and writes real text.

Its decisions depend on the session's seed, the request, and how often the request was answered before, never on the
prompt's wording. So two methods that face the same request differ only by what they put in the prompt.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from pum.bench.agent.curves import Curves
from pum.bench.agent.instruction_parser import InstructionParser, OpenRequest
from pum.bench.agent.replies import load_replies
from pum.bench.agent.writer import Content, ask_for_task, write
from pum.bench.types import Preference
from pum.core.rng import uniform
from pum.core.schemas import Message, Reply, Usage
from pum.llm.note_forms import ReadNotes, read_notes
from pum.llm.prompt_builder import estimate_tokens
from pum.llm.prompts import prompt

# The note of a card names its condition first.
_CARD = "When "
_REFLECTION = prompt("reflection").split("{limit}")


class OfflineAgent:
    """Implements ChatModel. `catalogue` lists the styles it may adopt; `curves` give the probabilities."""

    name = "offline"
    simulated = True

    def __init__(self, parser: InstructionParser, curves: Curves, catalogue: Sequence[Preference]) -> None:
        load_replies()  # a mistake in the texts ends a run before it starts
        self._parser, self._curves = parser, curves
        self._checkable = [preference for preference in catalogue if preference.style]
        styles = {preference.id: preference.style for preference in self._checkable}
        self._opposites = {
            preference.style: {styles[id_] for id_ in preference.contradicts if id_ in styles}
            for preference in self._checkable
        }
        self._unprompted = cache(self._find_unprompted)

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = 512) -> Reply:
        """Ignores `max_tokens`: its replies are far below any sensible limit."""
        prompt_tokens = sum(estimate_tokens(message["content"]) for message in messages)
        if messages[0]["content"].startswith(_REFLECTION[0]):
            text = self._reflect(messages, seed)
        else:
            text = self._reply(messages, prompt_tokens, seed)
        return Reply(text, Usage(prompt_tokens, estimate_tokens(text)))

    def _reply(self, messages: Sequence[Message], prompt_tokens: int, seed: int) -> str:
        read = read_notes(messages)
        messages = read.messages
        request = self._parser.open_request(messages)
        if request is None:
            return ask_for_task(messages[-1]["content"], seed)
        answered = sum(message["role"] == "assistant" for message in messages[request.position :])
        random_key = (seed, request.task.task_id, request.request_type.id, answered)
        opening = request.request_type.role == "opening"
        content = Content(
            request_type=request.request_type.id,
            topic=request.task.topic,
            statement=request.task.statement,
            answer=self._answer(request, messages, prompt_tokens, random_key) if opening else None,
            tags=request.tags,
        )
        return write(content, self._styles(request, read, random_key))

    def _answer(self, request: OpenRequest, messages: Sequence[Message], prompt_tokens: int, random_key: tuple) -> str:
        # A revision keeps the answer. Only when the user calls it wrong does the agent try again.
        tries = sum(message["content"] in self._parser.wrong_answer for message in messages[request.position :])
        solved = uniform(*random_key[:3], "solve", tries) < self._curves.solve.chance(
            request.task.dataset, request.task.difficulty, prompt_tokens
        )
        return request.task.answer if solved else request.task.entry["wrong_answer"]

    def _styles(self, request: OpenRequest, read: ReadNotes, random_key: tuple) -> frozenset[str]:
        """The styles of this reply: adopted unprompted, from notes, or because the user asked.

        Of two styles that contradict each other the likelier one stays; among equals, the one asked for last.
        """
        chance = dict(self._unprompted(request.tags))
        latest: dict[str, int] = {}
        for place, (style, p) in enumerate(self._instructions(read)):
            if style in chance:
                chance[style], latest[style] = max(chance[style], p), place
        adopted = [style for style, p in chance.items() if uniform(*random_key, style) < p]
        kept: set[str] = set()
        for style in sorted(adopted, key=lambda style: (-chance[style], -latest.get(style, -1), style)):
            if not self._opposites[style] & kept:
                kept.add(style)
        return frozenset(kept)

    def _find_unprompted(self, tags: frozenset[str]) -> dict[str, float]:
        """The chance of each applicable style when nobody asks for it."""
        styles = [preference.style for preference in self._checkable if preference.when.matches(tags)]
        return {style: self._curves.unprompted.of(style) for style in styles}

    def _instructions(self, read: ReadNotes) -> Iterator[tuple[str, float]]:
        """(style, chance to follow it) of every instruction: those in notes, then those of the user, oldest first."""
        count = len(read.notes)
        for number, note in enumerate(read.notes):
            place = number / (count - 1) if count > 1 else 0.5
            own_words = not read.bare and not note.startswith(_CARD)
            for style, _ in self._parser.instructions(note):
                yield style, self._curves.noted.chance(style, count, place, own_words)
        for place, message in enumerate(read.messages[1:], start=1):
            if message["role"] == "user" and not self._parser.is_request(message["content"]):
                for style, _ in self._parser.instructions(message["content"]):
                    yield style, self._curves.asked.chance(style, len(read.messages) - place)

    def _reflect(self, messages: Sequence[Message], seed: int) -> str:
        """Notes as a model would write them, old and new; newer instructions replace their opposites."""
        old, _, session = messages[-1]["content"].partition("# Session\n")
        instructions = [line[2:] for line in old.splitlines() if line.startswith("- ")]
        for part in session.split("\n\n[assistant]\n"):
            _, marked, user = part.rpartition("[user]\n")
            if marked and not self._parser.is_request(user.strip()):
                instructions += [sentence for _, sentence in self._parser.instructions(user)]
        notes: dict[str, str] = {}
        for sentence in instructions:
            for style, _ in self._parser.instructions(sentence):
                for outdated in {style} | self._opposites[style]:
                    notes.pop(outdated, None)
                notes[style] = sentence.strip()
        limit = int(messages[0]["content"].removeprefix(_REFLECTION[0]).split(maxsplit=1)[0])
        kept = [note for style, note in notes.items() if uniform(seed, "keep", style) < self._curves.keeps]
        return "\n".join(f"- {note}" for note in kept[-limit:]) or "(nothing to note)"
