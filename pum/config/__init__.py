"""What the two files of settings say, typed and checked.

`params` reads both and is where to start: `load_params()` gives a `Params`. params.yaml holds all that a result depends
on, site.yaml what belongs to this machine or cluster. `inherit` fills in what a section leaves to another one (`like`,
names of hyperparameter sets, a study's own sections). `servers` joins a served role's model with its place; `site` and
`scale` are sections by themselves.
"""
