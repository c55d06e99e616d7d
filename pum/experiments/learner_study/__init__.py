"""Does learning matter? Plays users who appear in no other study; the notebooks of the same names read the results.

`play` chooses hyperparameters on validation users, and then compares all learners, controls and oracles once on test
users. It also has what all three experiments share. `factors` changes one thing at a time: in the world (`play_sweeps`)
or in the method (`play_ablations`). Start with `play.play`.
"""
