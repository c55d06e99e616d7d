"""The project's own memory, as the probes see one: the assistant of params.yaml, answered by nobody."""

from pum.assistant.personalized_llm import Components, PersonalizedLLM, load_resources
from pum.config.params import Params
from pum.core.schemas import Reply
from pum.memory.card import Card
from pum.methods.method import Resources

METHOD = "rag"


class Silent:
    """A chat model with nothing to say: what is remembered comes from users alone."""

    simulated, name = True, "silent"

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def answer(self, messages: object, seed: int, max_tokens: int = 0) -> Reply:
        return Reply("Here you are.")


class Ours:
    """Every message is a session of its own, so that the number of a card's source is that of the message."""

    def __init__(
        self, params: Params, resources: Resources | None = None, components: Components | None = None
    ) -> None:
        """`helpers` as in PersonalizedLLM.from_params."""
        resources = resources or load_resources(params)
        self.assistant = PersonalizedLLM.from_params(params, METHOD, Silent(), resources, components=components)

    def hear(self, user: str, message: str) -> None:
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
