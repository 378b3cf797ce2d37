"""What all programs share: help, plain log lines, and one line for a user's mistake."""

import logging
import re
import sys
from collections.abc import Callable, Sequence

from absl import app, flags
from absl import logging as absl_logging

from cada_tf.apps.help import NO_VALUE, describe, example, group, own_flags
from cada_tf.errors import InputError, suggestion

__all__ = ["group", "start"]

HELP = {"-h", "-?", "-help", "--help", "--helpshort", "--helpfull"}
LEVELS = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}
"""What ``-v`` means; beyond these, the nearest."""


def start(
    main: Callable[..., int | None],
    *,
    positional: Sequence[str] = (),
    documentation: str | None = None,
    interrupted: str = "the same command goes on with what is not done",
) -> None:
    """Parses the flags and calls ``main``, or shows the program's help.

    Exit status: what ``main`` returns, 0 for None; 2 after a mistake of the user's, told in one
    line; 130 if interrupted.

    Args:
        main: the program; the list of its words is its argument if there may be any.
        positional: what the words beside the flags are, such as ``("MODEL", "RECORDING")``. Each
            is required; the last may be given more than once, and flags may stand anywhere.
        documentation: the program's docstring; that of the module that was started if None.
        interrupted: what an interrupted user is told.
    """
    text = documentation or sys.modules["__main__"].__doc__ or ""
    if HELP.intersection(sys.argv[1:]):
        print(describe(text))
        return
    flags.FLAGS.set_gnu_getopt(bool(positional))

    def called(rest: list[str]) -> int | None:
        return guarded(lambda: main(rest[1:]) if positional else main(), interrupted)

    app.run(called, flags_parser=lambda arguments: parse(arguments, positional, text))


def parse(arguments: list[str], positional: Sequence[str] = (), text: str = "") -> list[str]:
    """The flags' values into ``flags.FLAGS``; returns the program's name and its words."""
    try:
        rest = flags.FLAGS(arguments)
    except flags.Error as error:
        fail(f"{explain(error, text)} --help lists the flags.")
    words = rest[1:]
    if words and not positional:
        fail(f"expected flags alone, found {words[0]!r}. Write --flag=value.")
    if missing := positional[len(words) :]:
        fail(f"expected {', '.join(missing)}, found none.{hint(text)} --help lists the flags.")
    return rest


def hint(text: str) -> str:
    """The example in a program's docstring, as messages give it; empty if there is none."""
    command = example(text)
    return command and f" Example: {command} ."


def explain(error: flags.Error, text: str) -> str:
    """What is wrong with the flags, with the nearest name or the docstring's example, in a line."""
    message = " ".join(str(error).split()).removeprefix("flag ").removeprefix("ERROR:: ")
    if isinstance(error, flags.UnrecognizedFlagError):
        nearest = re.search(r" Did you mean: (.*) \?", message)
        meant = (
            f" Did you mean {nearest[1]}?" if nearest else suggestion(error.flagname, own_flags())
        )
        return f"no flag --{error.flagname}.{meant}"
    if missing := re.findall(rf"Flag (--\w+) {NO_VALUE}", message):
        return f"expected {', '.join(missing)}, found none.{hint(text)}"
    choice = re.fullmatch(r"--\w+=(.*): value should be one of <(.*)>", message)
    return f"{message}.{suggestion(choice[1], choice[2].split('|')) if choice else ''}"


def guarded(main: Callable[[], int | None], interrupted: str = "") -> int | None:
    """Calls ``main`` with logging set up and mistakes told; returns what it does."""
    absl_logging.use_python_logging(quiet=True)
    logging.basicConfig(format="%(message)s", level=logging.ERROR, stream=sys.stderr, force=True)
    logging.getLogger("absl").setLevel(logging.ERROR)  # -v is about our lines, not Keras's
    logging.getLogger("cada_tf").setLevel(LEVELS[max(-1, min(flags.FLAGS.verbosity, 1))])
    try:
        return main()
    except InputError as error:
        fail(str(error))
    except OSError as error:  # such as a full disk: what was written before is whole
        fail(f"{error.filename or 'a file'}: {error.strerror or error}. Mend it and start again.")
    except KeyboardInterrupt:
        print(f"interrupted: {interrupted}.", file=sys.stderr)
        sys.exit(130)


def fail(message: str) -> None:
    """Says what is wrong and exits."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)
