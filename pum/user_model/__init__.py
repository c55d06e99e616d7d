"""The learned user model: a bonus on the scores of a user's cards, updated from rewards and requests.

Start with `learner.py`, the protocol: `score` candidates, `learn` from a reaction. The state is in `vectors.py`, one
record per user; `item_space.py` turns notes into the vectors it is compared with. `reinforce.py` is the published
update; `bandit.py` and `neighbours.py` are alternatives. `learners.py` picks one by the `kind` of its hyperparameters:
a new learner is one file here that registers itself there.
"""
