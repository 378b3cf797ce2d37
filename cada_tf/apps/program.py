"""The frame of all programs: start-up, help, log lines, and one line for a user's mistake."""

import contextlib
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging

from cada_tf import startup, threads
from cada_tf.apps.help import NO_VALUE, describe, example, group
from cada_tf.apps.options import as_flags, own_flags
from cada_tf.errors import InputError, suggestion
from cada_tf.text import one_line

__all__ = ["group", "start"]

HELP = {"-h", "-?", "-help", "--help", "--helpshort", "--helpfull"}
LEVELS = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}
"""The meaning of ``-v``; beyond these, the nearest."""
MISTAKE, INTERRUPTED, BROKEN_PIPE = 2, 128 + signal.SIGINT, 141
"""Exit statuses."""


def start(
    main: Callable[..., int | None],
    *,
    positional: Sequence[str] | Callable[[], Sequence[str]] = (),
    documentation: str | None = None,
    interrupted: str = "the same command goes on with what is not done",
) -> NoReturn:
    """Parses the flags and calls ``main``, or prints the program's help; ends the process.

    Exit status: what ``main`` returns, 0 for None; 2 after a mistake of the user's, reported in
    one line; 130 if interrupted; 141 if nobody reads the standard output any more.

    Args:
        main: the program; the list of its words is its argument if there may be any.
        positional: what the words beside the flags are, such as ``("MODEL", "RECORDING")``. Each
            is required; the last may be given more than once, and flags may stand anywhere. Where
            flags decide it, a function of no argument, called when they are known.
        documentation: the program's docstring; that of the module that was started if None.
        interrupted: what is printed after an interruption.
    """
    open_standard_streams()
    startup.configure_program()
    text = documentation or sys.modules["__main__"].__doc__ or ""

    def call(rest: list[str]) -> int | None:
        set_up_logging(flags.FLAGS.verbosity)
        return main(rest[1:]) if positional else main()

    def parse_and_call() -> None:
        if HELP.intersection(sys.argv[1:]):
            print(describe(text))
            return
        flags.FLAGS.set_gnu_getopt(bool(positional))
        app.run(call, flags_parser=lambda arguments: parse(arguments, positional, text))

    try:
        guarded(parse_and_call, interrupted)
        status = 0
    except SystemExit as end:
        status = end.code or 0
    leave(status)


def open_standard_streams() -> None:
    """Gives the process the standard streams that the shell has closed, to and from nowhere.

    Otherwise the next files that it opens would take their places, and what libraries print
    would be written into those.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest place that is free
    if sys.stderr is None:  # the others stay None, by which programs know
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # as long as the process
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # any file's name can be printed


def leave(status: int) -> NoReturn:
    """Ends the process, at once if a thread is still at work on what nobody waits for any more.

    Python's own end would wait for a thread that is in openSMILE, and may crash or hang where
    one waits for the standard input.
    """
    with contextlib.suppress(ValueError):  # in another thread, as tests are
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    workers = sys.modules.get("cada_tf.runs.workers")
    if workers and "end_workers" in vars(workers):  # which is not to be imported for this
        workers.end_workers()
    if threads.abandoned():
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(status)
    sys.exit(status)


def parse(
    arguments: list[str],
    positional: Sequence[str] | Callable[[], Sequence[str]] = (),
    text: str = "",
) -> list[str]:
    """Sets ``flags.FLAGS``; returns the program's name and its words."""
    try:
        rest = flags.FLAGS(arguments)
    except flags.Error as error:
        fail(f"{explain(error, text)} --help lists the flags.")
    except UnicodeDecodeError as error:
        named = [word for word in arguments if word.lstrip("-").startswith("flagfile")]
        fail(f"{' '.join(named)}: expected text in UTF-8, found: {error.reason}. Convert the file.")
    words = rest[1:]
    if words and not positional:
        fail(f"expected flags alone, found {words[0]!r}. Write --flag=value.")
    required = positional() if callable(positional) else positional
    if missing := required[len(words) :]:
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


def guarded(main: Callable[[], None], interrupted: str = "") -> None:
    """Calls ``main``, and reports mistakes and interruptions in a line."""
    try:
        main()
    except InputError as error:
        fail(str(error))
    except KeyboardInterrupt:
        report(f"interrupted: {interrupted}.")
        sys.exit(INTERRUPTED)
    except MemoryError:
        fail("expected enough memory, found too little. Use fewer `jobs`, or a larger machine.")
    except BrokenPipeError:  # ``| head``: nobody reads what is printed
        sys.exit(BROKEN_PIPE)
    except OSError as error:  # such as a full disk: what was written before is whole
        place = error.filename or "a file or the standard output"
        fail(f"{place}: {error.strerror or error}. Mend it and start again.")
    finally:
        flush_output()


def flush_output() -> None:
    """Writes what was printed, or ends the program if that is not possible."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # lest Python tries again at its end
        if isinstance(error, BrokenPipeError):
            sys.exit(BROKEN_PIPE)
        fail(f"the standard output: {error.strerror}. Mend it and start again.")


def set_up_logging(verbosity: int) -> None:
    """Plain lines on the standard error: the package's of this level, others' errors alone."""
    absl_logging.use_python_logging(quiet=True)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, force=True)
    logging.getLogger().handlers[0].setFormatter(Line())
    logging.getLogger("absl").setLevel(logging.ERROR)  # -v is about our lines, not Keras's
    logging.getLogger("cada_tf").setLevel(LEVELS[max(-1, min(verbosity, 1))])


class Line(logging.Formatter):
    """The message alone, in a line, with options as the flags of this program."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(as_flags(super().format(record)))


def fail(message: str) -> NoReturn:
    """Prints what is wrong, with options as the flags of this program, and exits."""
    report(f"error: {as_flags(message)}")
    sys.exit(MISTAKE)


def report(message: str) -> None:
    """Prints a line on the standard error, or nothing if that cannot be written."""
    with contextlib.suppress(OSError):
        print(one_line(message), file=sys.stderr, flush=True)
