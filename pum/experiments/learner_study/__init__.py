"""Does learning matter? Runs on users who are in no other study, whose results the notebooks of the same names read.

`play` chooses hyperparameters on validation users and compares all learners, controls and oracles once on test users;
`factors` changes one thing at a time, in the world (sweeps) or in the method (ablations).
"""
