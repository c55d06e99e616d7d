"""Rewards: what a user's next message says about the previous answer.

Start with `keyword.py`: rules that turn a message into a label and a reward in [-1, 1], with the phrases in
`cues.yaml`. `reaction_classifier.py` is a trained classifier for messages without a known phrase, and `judge.py` asks a
language model. `gate.py` decides how strongly a reward is credited to retrieval.
"""
