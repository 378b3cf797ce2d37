"""The frame of all programs: start-up, help, log lines, and one line for a user's mistake."""

import logging
import re
import sys
from collections.abc import Callable, Sequence

from absl import app, flags
from absl import logging as absl_logging

from cada_tf import startup
from cada_tf.apps.help import NO_VALUE, describe, example, group
from cada_tf.apps.options import as_flags, own_flags
from cada_tf.errors import InputError, suggestion

__all__ = ["group", "start"]

HELP = {"-h", "-?", "-help", "--help", "--helpshort", "--helpfull"}
LEVELS = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}
"""The meaning of ``-v``; beyond these, the nearest."""


def start(
    main: Callable[..., int | None],
    *,
    positional: Sequence[str] = (),
    documentation: str | None = None,
    interrupted: str = "the same command goes on with what is not done",
) -> None:
    """Parses the flags and calls ``main``, or prints the program's help.

    Exit status: what ``main`` returns, 0 for None; 2 after a mistake of the user's, reported in
    one line; 130 if interrupted.

    Args:
        main: the program; the list of its words is its argument if there may be any.
        positional: what the words beside the flags are, such as ``("MODEL", "RECORDING")``. Each
            is required; the last may be given more than once, and flags may stand anywhere.
        documentation: the program's docstring; that of the module that was started if None.
        interrupted: what is printed after an interruption.
    """
    startup.configure()
    text = documentation or sys.modules["__main__"].__doc__ or ""
    if HELP.intersection(sys.argv[1:]):
        print(describe(text))
        return
    flags.FLAGS.set_gnu_getopt(bool(positional))

    def call(rest: list[str]) -> int | None:
        return guarded(lambda: main(rest[1:]) if positional else main(), interrupted)

    app.run(call, flags_parser=lambda arguments: parse(arguments, positional, text))


def parse(arguments: list[str], positional: Sequence[str] = (), text: str = "") -> list[str]:
    """Sets ``flags.FLAGS``; returns the program's name and its words."""
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
    """Calls ``main`` with logging set up and mistakes reported; returns what it returns."""
    set_up_logging(flags.FLAGS.verbosity)
    try:
        return main()
    except InputError as error:
        fail(str(error))
    except OSError as error:  # such as a full disk: what was written before is whole
        fail(f"{error.filename or 'a file'}: {error.strerror or error}. Mend it and start again.")
    except KeyboardInterrupt:
        print(f"interrupted: {interrupted}.", file=sys.stderr)
        sys.exit(130)


def set_up_logging(verbosity: int) -> None:
    """Plain lines on the standard error: the package's of this level, others' errors alone."""
    absl_logging.use_python_logging(quiet=True)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, force=True)
    logging.getLogger().handlers[0].setFormatter(Line())
    logging.getLogger("absl").setLevel(logging.ERROR)  # -v is about our lines, not Keras's
    logging.getLogger("cada_tf").setLevel(LEVELS[max(-1, min(verbosity, 1))])


class Line(logging.Formatter):
    """The message alone, with options as the flags of this program."""

    def format(self, record: logging.LogRecord) -> str:
        return as_flags(super().format(record))


def fail(message: str) -> None:
    """Prints what is wrong, with options as the flags of this program, and exits."""
    print(f"error: {as_flags(message)}", file=sys.stderr)
    sys.exit(2)
