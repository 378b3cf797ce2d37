"""The one exception that a user's input can cause."""

import difflib
from collections.abc import Iterable

from cada_tf.text import bounded, printable


class InputError(ValueError):
    """Something that the user has given is unusable.

    The message is one line: the place (a file, row, column or option), what was expected, what was
    found, and what to do. It names options as arguments, in backquotes: `skip_bad_files` or
    `scaling=corpus`. Programs write them as flags, print the line and exit with status 2. What it
    quotes of files, names and cells is shown escaped and bounded.

    Args:
        message: as above.
        option: the option that is wrong, if one is; the message then starts with it.

    Attributes:
        option: likewise; None if the mistake is elsewhere.
    """

    def __init__(self, message: str, *, option: str | None = None) -> None:
        message = f"`{option}`: {message}" if option else message
        super().__init__(bounded(printable(message)))
        self.option = option


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message where ``word`` is close to a known name; empty if it is to none."""
    nearest = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {nearest[0]}?" if nearest else ""
