"""The options of the package as the flags of the program that runs."""

import re
import sys

from absl import flags

FLAGS = flags.FLAGS
OPTION = re.compile(r"(?<!`)`(\w+)((?:=[^`]*)?)`(?!`)")
"""How messages write an option, alone or with a value: between backquotes."""


def own_flags() -> list[str]:
    """The flags that our programs define, as against those of absl and TensorFlow."""
    return [
        flag.name
        for module, defined in FLAGS.flags_by_module_dict().items()
        if module == sys.argv[0]
        or module.partition(".")[0] in ("cada_tf", "experiments", "figures")
        for flag in defined
    ]


def as_flags(message: str) -> str:
    """The message with ``--name`` for each option in backquotes that is a flag of this program.

    Library code names options as arguments, since it does not know who calls it.
    """
    if "`" not in message:
        return message
    known = set(own_flags())

    def flag(found: re.Match) -> str:
        return f"--{found[1]}{found[2]}" if found[1] in known else found[0]

    return OPTION.sub(flag, message)
