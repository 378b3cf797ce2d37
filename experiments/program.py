"""What all programs share: plain log lines, and one line for a user's mistake."""

import logging
import sys
from collections.abc import Callable

from absl import app, flags
from absl import logging as absl_logging

from cada_tf.errors import InputError


def start(main: Callable[[], None]) -> None:
    """Parses the flags and calls ``main``.

    Exit status: 0; 2 after a mistake of the user's, told in one line; 130 if interrupted.
    """
    app.run(lambda _: guarded(main), flags_parser=parse)


def parse(arguments: list[str]) -> list[str]:
    """The flags' values into ``flags.FLAGS``; returns the program's name alone."""
    try:
        rest = flags.FLAGS(arguments)
    except flags.Error as error:
        fail(" ".join(str(error).split()) + " (--help lists the flags.)")
    if len(rest) > 1:
        fail(f"expected flags alone, found {rest[1]!r}. Write --flag=value.")
    return rest


def guarded(main: Callable[[], None]) -> None:
    """Calls ``main`` with logging set up and mistakes told."""
    absl_logging.use_python_logging(quiet=True)
    logging.basicConfig(format="%(message)s", level=logging.ERROR, stream=sys.stderr, force=True)
    logging.getLogger("cada_tf").setLevel(logging.INFO)
    try:
        main()
    except InputError as error:
        fail(str(error))
    except OSError as error:  # such as a full disk: what was written before is whole
        fail(f"{error.filename or 'a file'}: {error.strerror or error}. Mend it and start again.")
    except KeyboardInterrupt:
        print("interrupted: the same command goes on with what is not done.", file=sys.stderr)
        sys.exit(130)


def fail(message: str) -> None:
    """Says what is wrong and exits."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)
