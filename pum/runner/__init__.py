"""Runs: a study's profiles played with one method, from parameters to results.

config      what a run is; its digest names all that its sessions depend on
world       the simulated side: profiles, tasks, users
build       checks before the first session, and the models
simulate    one session: a user and an assistant take turns
batch       a profile's sessions, profiles over processes, many runs together
run_folder  the working folder: journals, locks, progress (`journal`: one user's finished sessions)
checkpoint  finished runs, and longer ones that go on from them
results     what a run leaves behind

Start with `batch.run`.
"""
