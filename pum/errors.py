"""What a person did wrong, told in one line."""


class InputError(ValueError):
    """Bad input from outside: a parameter, a file, a line. The command line prints it alone and exits with 2."""
