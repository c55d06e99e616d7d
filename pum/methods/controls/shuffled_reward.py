"""`shuffled_reward`: a control. `rag_vector`, whose learner is told how the user reacted some other time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pum.core.rng import key
from pum.core.schemas import Decision, Reward
from pum.feedback.gate import gate as gate_of
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods import rag
from pum.methods.method import Method, Resources
from pum.user_model.learners import build_learner

Settings = rag.LearnedSettings
_REWARDS, _WISHES = "all rewards", "all wishes"
_MOST, _FREE = 8, -1


class ShuffledReward(rag.Rag):
    """Credits each turn with one of the user's earlier reactions, of their kinds, but about anything; by luck of
    user and turn, alike in repetitions."""

    def learn(
        self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: Sequence[Card] = ()
    ) -> bool:
        if reward.value is None:
            return False
        evidence = state.vectors.evidence
        rewards = evidence.get(_REWARDS, np.empty(0))
        wishes = evidence.get(_WISHES, np.empty((0, _MOST), dtype=np.int64))
        changed = False
        if len(rewards):
            drawn = key("shuffled reward", state.user_id, state.turn_id) % len(rewards)
            told = Reward(float(rewards[drawn]), reward.label)
            cards = [card for card in state.cards if card.number in wishes[drawn]]
            changed = super().learn(state, decision, told, gate_of(told.value, decision.max_similarity), cards)
        wished = ([card.number for card in asked] + [_FREE] * _MOST)[:_MOST]
        pool = {_REWARDS: np.append(rewards, reward.value), _WISHES: np.vstack([wishes, wished])}
        state.vectors = replace(state.vectors, evidence={**state.vectors.evidence, **pool})
        return changed


def build(settings: Settings, resources: Resources) -> Method:
    return ShuffledReward(*rag.parts(settings, resources), build_learner(settings.user_model, settings.temperature))
