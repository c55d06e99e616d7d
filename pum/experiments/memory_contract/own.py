"""The project's own memory as the probes see one, and the messages that the probes send."""

from collections.abc import Collection
from dataclasses import dataclass

from pum.assistant.personalized_llm import Components, PersonalizedLLM, load_resources
from pum.config.params import Params
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.core.schemas import Reply
from pum.memory.card import Card
from pum.methods.method import Resources

METHOD = "rag"


class Silent:
    """A chat model whose replies say nothing, so that all memories come from users' messages."""

    simulated, name = True, "silent"

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def answer(self, messages: object, seed: int, max_tokens: int = 0) -> Reply:
        return Reply("Here you are.")


class OwnMemory:
    """The assistant of params.yaml. Each message is a session, so a card's source names the number of its message."""

    def __init__(
        self, params: Params, resources: Resources | None = None, components: Components | None = None
    ) -> None:
        resources = resources or load_resources(params)
        self.assistant = PersonalizedLLM.from_params(params, METHOD, Silent(), resources, components=components)

    def add(self, user: str, message: str) -> None:
        self.assistant.chat(user, message)
        self.assistant.reset_session(user)

    def injected(self, user: str, query: str) -> list[set[int]]:
        state = self.assistant.state(user)
        decision = self.assistant.method.prepare_prompt(state, query).decision
        return [{source.session for source in state.cards[card_id].sources} for card_id in decision.chosen_ids]

    def kept(self, user: str) -> list[str]:
        return [card.note for card in self.cards(user)]

    def cards(self, user: str) -> tuple[Card, ...]:
        return self.assistant.state(user).cards.active


LABELLED = DATA / "labelled"
SPLITS = ("dev", "test", "heldout")
"""The rules were written on `dev`. `test` was scored once and later used for improvements; `heldout` is only scored."""
SECOND = ("second_dev", "second_test")
"""More changes of mind, for a revision of the rules: tuned on the first half, reported on the second."""


@dataclass(frozen=True)
class Material:
    """The messages of the probes.

    `changes`: changes of mind; `companions`: compatible preferences; both as {"first", "then"}. `subjects`: preferences
    about one subject ("text"), with "related" and "unrelated" queries. `praise`: messages of thanks.
    """

    changes: list[dict]
    companions: list[dict]
    subjects: list[dict]
    praise: list[str]

    @property
    def wishes(self) -> list[str]:
        return [subject["text"] for subject in self.subjects]

    def texts(self) -> list[str]:
        """All texts that may have to be encoded."""
        queries = [query for subject in self.subjects for query in (*subject["related"], *subject["unrelated"])]
        said = [text for pair in (*self.changes, *self.companions) for text in (pair["first"], pair["then"])]
        return sorted({*said, *queries, *self.wishes, *self.praise})


def load_material(splits: Collection[str] = SPLITS) -> Material:
    """The material of these splits; InputError for a file that cannot be read."""
    pairs = read_jsonl(DATA / "flips.jsonl", ["first", "then", "kind", "split"])
    subjects = read_jsonl(LABELLED / "relevance.jsonl", ["text", "related", "unrelated", "split"])
    reactions = read_jsonl(LABELLED / "next_turns.jsonl", ["text", "label", "split"])
    pairs, subjects, reactions = (
        [record for record in records if record["split"] in splits] for records in (pairs, subjects, reactions)
    )
    return Material(
        changes=[pair for pair in pairs if pair["kind"] == "flip"],
        companions=[pair for pair in pairs if pair["kind"] == "both"],
        subjects=subjects,
        praise=[reaction["text"] for reaction in reactions if reaction["label"] == "pos_praise"],
    )
