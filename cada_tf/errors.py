"""The one exception that a user's input can cause."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something given to the program is unusable.

    The message is one line that names the file, row, column or flag, what was
    expected, what came, and what to do. Programs print it and exit with status 2.
    """


def suggestion(word: str, known: Iterable[str]) -> str:
    """What a message adds where ``word`` is close to a known name; empty if it is to none."""
    nearest = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {nearest[0]}?" if nearest else ""
