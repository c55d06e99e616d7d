"""Placebo controls: each takes from `rag_vector` one thing that should matter, and leaves all else as it is."""

from pum.core.rng import generator, key
from pum.core.schemas import Decision
from pum.feedback.gate import gate
from pum.memory.state import UserState
from pum.methods import rag, rag_vector
from pum.methods.method import METHODS, Feedback, PromptContext


@METHODS.register("random_notes", rag.Settings)
class RandomNotes(rag.Rag):
    """J notes of the user's active cards, as long as there are as many, whatever the message; it never abstains.

    Drawn by user and turn, alike in repetitions.
    """

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        notes = [card.note for card in state.cards.active]
        order = generator("random notes", state.user_id, state.turn_id).permutation(len(notes))
        return PromptContext(Decision(notes=tuple(notes[place] for place in order[: self.settings.top_j])))


@METHODS.register("frozen_vector", rag_vector.Settings)
class FrozenVector(rag_vector.RagVector):
    """Its learner never learns, and stays at the start of a new user: what exploration alone would change."""

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        return False


_MOST_CARDS = 8
"""Cards that are remembered of a reaction."""


@METHODS.register("shuffled_reward", rag_vector.Settings)
class ShuffledReward(rag_vector.RagVector):
    """Its learner is told how the user reacted some other time: each turn is credited with one of the user's earlier
    reactions, of their kinds, but about anything. Drawn by user and turn, alike in repetitions."""

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        earlier = state.method_state.get("shuffled_reward", [])
        changed = False
        if earlier:
            drawn = earlier[key("shuffled reward", state.user_id, state.turn_id) % len(earlier)]
            cards = tuple(card for card in state.cards if card.number in drawn["cards"])
            told = Feedback(drawn["reward"], gate(drawn["reward"], decision.max_similarity), cards)
            changed = super().learn(state, decision, told)
        reaction = {"reward": feedback.reward, "cards": [card.number for card in feedback.requested][:_MOST_CARDS]}
        state.method_state["shuffled_reward"] = [*earlier, reaction]
        return changed
