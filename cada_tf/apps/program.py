"""What all programs share: help, plain log lines, and one line for a user's mistake."""

import logging
import re
import sys
from collections.abc import Callable

from absl import app, flags
from absl import logging as absl_logging

from cada_tf.apps.help import NO_VALUE, describe, example, group, own_flags
from cada_tf.errors import InputError, suggestion

__all__ = ["group", "start"]

HELP = {"-h", "-?", "-help", "--help", "--helpshort", "--helpfull"}
LEVELS = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}
"""What ``-v`` means; beyond these, the nearest."""


def start(main: Callable[[], None]) -> None:
    """Parses the flags and calls ``main``, or shows the program's help.

    Exit status: 0; 2 after a mistake of the user's, told in one line; 130 if interrupted.
    """
    if HELP.intersection(sys.argv[1:]):
        print(describe(documentation()))
    else:
        app.run(lambda _: guarded(main), flags_parser=parse)


def documentation() -> str:
    """The docstring of the program."""
    return sys.modules["__main__"].__doc__ or ""


def parse(arguments: list[str]) -> list[str]:
    """The flags' values into ``flags.FLAGS``; returns the program's name alone."""
    try:
        rest = flags.FLAGS(arguments)
    except flags.Error as error:
        fail(f"{explain(error)} --help lists the flags.")
    if len(rest) > 1:
        fail(f"expected flags alone, found {rest[1]!r}. Write --flag=value.")
    return rest


def explain(error: flags.Error) -> str:
    """What is wrong with the flags, with the nearest name or an example, in a line."""
    message = " ".join(str(error).split()).removeprefix("flag ").removeprefix("ERROR:: ")
    if isinstance(error, flags.UnrecognizedFlagError):
        nearest = re.search(r" Did you mean: (.*) \?", message)
        hint = (
            f" Did you mean {nearest[1]}?" if nearest else suggestion(error.flagname, own_flags())
        )
        return f"no flag --{error.flagname}.{hint}"
    if missing := re.findall(rf"Flag (--\w+) {NO_VALUE}", message):
        command = example(documentation())
        return f"expected {', '.join(missing)}, found none.{command and f' Example: {command} .'}"
    choice = re.fullmatch(r"--\w+=(.*): value should be one of <(.*)>", message)
    return f"{message}.{suggestion(choice[1], choice[2].split('|')) if choice else ''}"


def guarded(main: Callable[[], None]) -> None:
    """Calls ``main`` with logging set up and mistakes told."""
    absl_logging.use_python_logging(quiet=True)
    logging.basicConfig(format="%(message)s", level=logging.ERROR, stream=sys.stderr, force=True)
    logging.getLogger("absl").setLevel(logging.ERROR)  # -v is about our lines, not Keras's
    logging.getLogger("cada_tf").setLevel(LEVELS[max(-1, min(flags.FLAGS.verbosity, 1))])
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
