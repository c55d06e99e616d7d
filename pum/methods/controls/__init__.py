"""Experiment controls: `rag` or `rag_vector` with one part replaced, which shows what that part contributes.

- `placebos`: random notes, a learner that never learns, rewards of other turns, the vectors of another user.
- `oracles`: the learner gets one piece of ground truth.

A variant in params.yaml names one as its `method`.
"""
