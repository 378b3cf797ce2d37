"""The text of ``--help``: what the program does, an example, and its flags in groups.

Not absl's own (nor that of its ``argparse_flags``), which has no groups, lists absl's flags among
the program's, and gives neither bounds nor which flags are required.
"""

import contextlib
import re
import shutil
import textwrap
from collections.abc import Iterator

from absl import flags

from cada_tf.apps.options import as_flags, own_flags

FLAGS = flags.FLAGS
NARROWEST, WIDEST = 60, 100
"""Characters of a line; between them it is as wide as the terminal."""
INDENT = 28
"""The column at which the texts of flags start."""
AS_WRITTEN = {"break_long_words": False, "break_on_hyphens": False}
"""Options of textwrap that leave words whole."""
NO_VALUE = "must have a value other than None"
"""From absl's message about a required flag that was not given."""
GENERAL = {
    "--flagfile=FILE": "Flags from a file, one a line; flags that come after it prevail.",
    "-v=N, --verbosity=N": "What is logged meanwhile: -1 warnings alone, 0 progress, of a run one "
    "line per cell, 1 details. (-1 to 1; default 0)",
    "-h, --help": "Prints this.",
}
"""Those of absl's own flags that are of use."""

groups: dict[str, list[str]] = {}
"""Title → names of flags, both in the order in which they are printed."""


@contextlib.contextmanager
def group(title: str) -> Iterator[None]:
    """Flags that are defined meanwhile are listed under ``title``, which may be used again.

    The help of a flag may start with a placeholder of its value: ``"DIR: where results go."`` It
    names other options in backquotes.
    """
    before = set(FLAGS)
    yield
    groups.setdefault(title, []).extend(name for name in FLAGS if name not in before)


def describe(documentation: str) -> str:
    """The whole help of a program that has this docstring."""
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
    parts = [documentation.strip().replace("``", "")]
    for title, entries in sections().items():
        lines = [entry(head, text, width) for head, text in entries.items()]
        parts.append("\n".join([textwrap.fill(f"{title}:", width, **AS_WRITTEN), *lines]))
    return "\n\n".join(parts)


def sections() -> dict[str, dict[str, str]]:
    """Title → how a flag is written → its text; required flags first in each section."""
    grouped = {name for names in groups.values() for name in names}
    rest = [name for name in own_flags() if name not in grouped]
    found = {}
    for title, names in {**groups, "Other flags" if groups else "Flags": rest}.items():
        if names:
            ordered = sorted((FLAGS[name] for name in names), key=lambda f: not is_required(f))
            found[title] = {usage(flag)[0]: explain(flag) for flag in ordered}
    return found | {"General": GENERAL}


def usage(flag: flags.Flag) -> tuple[str, str]:
    """How a flag is written, such as ``--jobs=N``, and the rest of its help."""
    # without absl's list of choices, which stand for the value, and its note on repeated flags
    text = re.sub(r"^<.*?>: |;\s+repeat this option.*", "", flag.help, flags=re.DOTALL)
    if isinstance(flag.parser, flags.BooleanParser):
        return f"--[no]{flag.name}", text
    if found := re.fullmatch("([A-Z]+(?::[A-Z]+)*): (.*)", text):
        value, text = found.groups()
    else:
        value = placeholder(flag)
    return f"--{flag.name}={value}", text


def explain(flag: flags.Flag) -> str:
    """A flag's help with its range and default."""
    text, known = as_flags(usage(flag)[1]), "; ".join(facts(flag))
    return text[:1].upper() + text[1:] + (known and f" ({known})")


def placeholder(flag: flags.Flag) -> str:
    """What represents the value, by its type."""
    match flag.parser:
        case flags.EnumParser(enum_values=names) | flags.EnumClassParser(member_names=names):
            return "|".join(names)
        case flags.IntegerParser():
            return "N"
        case flags.FloatParser():
            return "X"
        case flags.ListParser():
            return "A,B"
    return "VALUE"


def facts(flag: flags.Flag) -> list[str]:
    """Whether it is required, its range and its default."""
    found = ["required"] if is_required(flag) else []
    if isinstance(flag.parser, flags.IntegerParser | flags.FloatParser):
        found.append(range_of(flag.parser.lower_bound, flag.parser.upper_bound))
    messages = (validator.message for validator in flag.validators)
    found += [text.removeprefix("expected ") for text in messages if text.startswith("expected ")]
    if flag.default is not None:
        default = flag.default_as_str.strip("'").replace(",", ", ")  # lines can break there
        found.append(f"default {default or 'none'}")
    return found


def is_required(flag: flags.Flag) -> bool:
    """Whether the program refuses to run without it."""
    return any(NO_VALUE in validator.message for validator in flag.validators)


def range_of(low: float | None, high: float | None) -> str:
    """Such as ``at least 1``."""
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"at least {low}"
    return "any number" if high is None else f"at most {high}"


def entry(head: str, text: str, width: int) -> str:
    """A flag's lines: its text beside it, or below it if there is no room.

    Its choices, if they are too many for a line, break behind a ``|``.
    """
    gap = " " * INDENT
    wrapped = textwrap.fill(text, width, initial_indent=gap, subsequent_indent=gap, **AS_WRITTEN)
    indents = {"initial_indent": "  ", "subsequent_indent": gap}
    lines = textwrap.wrap(head.replace("|", "| "), width, **indents, **AS_WRITTEN)
    head = "\n".join(lines).replace("| ", "|")
    below = len(head) > INDENT - 2
    return f"{head}\n{wrapped}" if below else head.ljust(INDENT) + wrapped[INDENT:]


def example(documentation: str) -> str:
    """The first command in a docstring, as one line; empty if there is none."""
    found = re.search(r"^ +((?:python -m |cada-)(?:.*\\\n)*.*)$", documentation, re.MULTILINE)
    return re.sub(r"\s*\\\n\s*", " ", found[1]) if found else ""
