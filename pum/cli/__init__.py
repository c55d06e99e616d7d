"""The command line, `pum` or `python -m pum.cli`: `app` lists the commands and says how they end.

A command is a function: its signature has the options with their types, its docstring is their help (cyclopts). Each
module holds the commands of one subject. What is slow to import is imported inside functions, so that help and the
stages of the pipeline start at once.
"""
