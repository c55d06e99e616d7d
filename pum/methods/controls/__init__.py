"""Experiment controls: `rag` or `rag_vector` with one part replaced, to see what that part is worth.

`placebos.py` takes something away (random notes, a learner that never learns, rewards of other turns);
`swapped_vector.py` gives each user another user's vectors; `oracles.py` tells the learner one truth. They are played
under a name of `variants` in params.yaml.
"""
