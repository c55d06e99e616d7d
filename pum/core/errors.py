"""What ends a command without being a bug, told in one line."""


class InputError(ValueError):
    """Bad input from outside: a parameter, a file, a line. The command line prints it alone and exits with 2."""


class IncompleteRun(RuntimeError):
    """Some sessions could not be played for reasons outside the project (no server, no space, no memory); what could be
    is kept, and the same command goes on from there. Exit 1."""
