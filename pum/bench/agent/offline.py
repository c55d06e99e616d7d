"""The offline agent: a simulated chat model. It reads the messages, decides by keyed luck, and writes real text.

Its luck depends on the session's seed, the request and how often it was answered before, never on the prompt's wording:
so two methods that face the same request differ only by what they put in the prompt.
"""

from collections.abc import Sequence

from pum.bench.agent.content import Content
from pum.bench.agent.curves import Curves
from pum.bench.agent.reading import OpenRequest, Reader
from pum.bench.agent.writer import write
from pum.bench.world import Preference
from pum.llm.prompts import prompt
from pum.llm.tokens import estimate_tokens
from pum.rng import pick, uniform
from pum.schemas import Message, Reply, Usage

_QUESTIONS = (
    "Sure, happy to help. What exactly is the problem?",
    "Of course. Could you send me the full task?",
    "Yes. What are the details?",
    "Gladly. Can you paste the exact statement?",
)
_REFLECTION = prompt("reflection").split("{limit}")


class OfflineAgent:
    """Implements ChatModel. `catalogue` lists the styles it may adopt; `curves` say how likely it does."""

    name = "offline"
    simulated = True

    def __init__(self, reader: Reader, curves: Curves, catalogue: Sequence[Preference]) -> None:
        self._reader, self._curves = reader, curves
        self._triggers = [(preference.style, preference.when) for preference in catalogue if preference.style]

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = 512) -> Reply:
        """Never cut short by `max_tokens`: its replies are far below any sensible limit."""
        if messages[0]["content"].startswith(_REFLECTION[0]):
            text = self._reflect(messages, seed)
        else:
            text = self._reply(messages, seed)
        prompt_tokens = sum(estimate_tokens(message["content"]) for message in messages)
        return Reply(text, Usage(prompt_tokens, estimate_tokens(text)))

    def _reply(self, messages: Sequence[Message], seed: int) -> str:
        request = self._reader.open_request(messages)
        if request is None:
            return str(pick(_QUESTIONS, seed, messages[-1]["content"]))
        answered = sum(message["role"] == "assistant" for message in messages[request.position :])
        luck = (seed, request.task.task_id, request.occasion.id, answered)
        answer = self._answer(request, messages, luck) if request.occasion.role == "opening" else None
        content = Content(
            occasion=request.occasion.id,
            topic=request.task.topic,
            statement=request.task.statement,
            answer=answer,
            traits=request.traits,
        )
        return write(content, self._styles(request, messages, luck))

    def _answer(self, request: OpenRequest, messages: Sequence[Message], luck: tuple) -> str:
        tokens = sum(estimate_tokens(message["content"]) for message in messages)
        # A revision keeps the answer; only being told that it is wrong makes the model think again.
        tries = sum(message["content"] in self._reader.wrong_answer for message in messages[request.position :])
        solved = uniform(*luck[:3], "solve", tries) < self._curves.solves(request.task.difficulty, tokens)
        return request.task.answer if solved else request.task.entry["wrong_answer"]

    def _styles(self, request: OpenRequest, messages: Sequence[Message], luck: tuple) -> frozenset[str]:
        """The styles adopted this time: unprompted, from notes, or because the user asked."""
        chance = {
            style: self._curves.by_itself(style) for style, when in self._triggers if when.matches(request.traits)
        }
        noted = [line[2:] for line in messages[0]["content"].splitlines() if line.startswith("- ")]
        for note in noted:
            for style, _ in self._reader.instructions(note):
                if style in chance:
                    chance[style] = max(chance[style], self._curves.follow_note(len(noted)))
        for distance, message in enumerate(reversed(messages[1:]), start=1):
            if message["role"] == "user" and not self._reader.is_request(message["content"]):
                for style, _ in self._reader.instructions(message["content"]):
                    if style in chance:
                        chance[style] = max(chance[style], self._curves.follow_asked(style, distance))
        return frozenset(style for style, p in chance.items() if uniform(*luck, style) < p)

    def _reflect(self, messages: Sequence[Message], seed: int) -> str:
        """Notes as a model would write them: old ones kept, the session's instructions added, the newest surviving."""
        old, _, session = messages[-1]["content"].partition("# Session\n")
        said = session.split("\n\n[assistant]\n")
        heard = [line[2:] for line in old.splitlines() if line.startswith("- ")]
        for part in said:
            _, marked, user = part.rpartition("[user]\n")
            if marked and not self._reader.is_request(user.strip()):
                heard += [sentence for _, sentence in self._reader.instructions(user)]
        notes: dict[str, str] = {}
        for sentence in heard:
            for style, _ in self._reader.instructions(sentence):
                notes.pop(style, None)
                notes[style] = sentence.strip()
        limit = int(_limit(messages[0]["content"]))
        kept = [note for style, note in notes.items() if uniform(seed, "keep", style) < self._curves.keeps]
        return "\n".join(f"- {note}" for note in kept[-limit:]) or "(nothing to note)"


def _limit(system: str) -> str:
    """The number of lines that the reflection prompt allows."""
    return system.removeprefix(_REFLECTION[0]).split(maxsplit=1)[0]
