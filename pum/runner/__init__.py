"""Runs: a study's profiles played with one method, from parameters to results.

config          what a run is; its digest covers everything that its sessions depend on
world           the simulated side: users, tasks, requests, and the ground truth about them
agents          who answers
build           checks before the first session, and the models
simulate        one session: a user and an assistant take turns
batch           a profile's sessions, profiles over processes, many runs together
first_sessions  stops a run in which nothing works
journal         one user's finished sessions, in SQLite
run_folder      the working folder: journals, locks, progress
checkpoint      finished runs, and longer runs that continue them
results         writes what a run leaves behind

Start with `batch.run`.
"""
