"""The one exception that a user's input can cause."""


class InputError(ValueError):
    """Something given to the program is unusable.

    The message is one line that names the file, row, column or flag, what was
    expected, what came, and what to do. Programs print it and exit with status 2.
    """
