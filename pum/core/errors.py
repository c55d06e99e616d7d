"""Errors that end a command with one line and are not bugs."""


class InputError(ValueError):
    """Bad input: a parameter, a file, a line. The command prints only this message and exits with 2."""


class IncompleteRun(RuntimeError):
    """Some sessions failed for external reasons (no server, no disk space, no memory). The rest is saved, and the same
    command continues from there. The command exits with 1."""
