"""The learned user model: a bonus on the scores of a user's cards, updated from rewards and requests.

Start with `learner.py`, the protocol and its registry: a learner scores candidates, and learns from the user's
reaction. It keeps what it knows of a user in a `UserVectors` record (`vectors.py`). `item_space.py` projects notes into
the space of these vectors. `reinforce.py` is the published update; `bandit.py` and `neighbours.py` are alternatives.
A new learner is one file here that registers itself; params.yaml selects one by the `kind` of its hyperparameters.
"""
