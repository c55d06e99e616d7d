"""What a reply has to be about, and the choice of words for it."""

from dataclasses import dataclass

from pum.core.rng import key, pick


@dataclass(frozen=True)
class Content:
    """`answer`: the final answer the text must carry ("42", or a whole Python program); None in follow-ups.

    `traits` are those of task and request together.
    """

    occasion: str
    topic: str
    statement: str
    answer: str | None
    traits: frozenset[str]

    @property
    def disputed(self) -> bool:
        """Has the user called the answer before wrong?"""
        return "wrong_answer" in self.traits


class Voice:
    """Chooses among ways to say the same, always alike for the same statement and occasion."""

    def __init__(self, content: Content) -> None:
        self._seed = key(content.statement, content.occasion, content.disputed)

    def say(self, *options: str) -> str:
        """One of the options."""
        return str(pick(options, self._seed, options[0]))

    def number(self, low: int, high: int, purpose: str) -> int:
        """A whole number between `low` and `high`, both included."""
        return low + key(self._seed, purpose) % (high - low + 1)
