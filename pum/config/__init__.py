"""params.yaml and site.yaml, typed and checked.

Start with `params.py`: `load_params` reads both files into a `Params` object. `inherit.py` fills in what a section
takes from another one (`like`, sets of hyperparameters, a study's own sections). `servers.py` describes the models of
roles, where they run, and the machine or cluster.
"""
