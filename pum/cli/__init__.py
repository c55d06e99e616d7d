"""The command line, `pum` or `python -m pum.cli`.

A command is a function: its signature holds the options with their types, and its docstring is the help text (cyclopts
reads both). Each module holds the commands of one subject: `run`, `chat`, `report`, `bench` and `machines`.
`app` collects them and decides how a command ends; `options` has the types that several commands share, and `terminal`
shows others' words safely.

Slow imports stand inside functions, so that help and the stages of the pipeline start at once. Start with `app.main`.
"""
