"""Text from files, names and cells, made safe to show."""

LONGEST = 2000
"""Characters of a message; what is longer loses its middle."""
LONGEST_NAME = 200
"""Characters of a name in a table or card, likewise."""
MARKDOWN = str.maketrans({character: f"\\{character}" for character in r"\`*_<|"})


def printable(text: str) -> str:
    r"""Text with what does not print escaped, such as ``\n`` or the start of a terminal's code.

    Other text stays as it is, so that what has been escaped can be escaped again.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def bounded(text: str, longest: int = LONGEST) -> str:
    """Text without its middle if it is longer than that: both ends say the most."""
    if len(text) <= longest:
        return text
    tail = longest // 3
    return f"{text[: longest - tail - 3]} … {text[-tail:]}"


def one_line(text: str, longest: int = LONGEST) -> str:
    """A message in a line, printable and bounded; line breaks become blanks."""
    return bounded(printable(" ".join(text[: 10 * longest].split())), longest)


def shown(name: str) -> str:
    """A name from outside, for a table or a picture."""
    return bounded(printable(str(name)), LONGEST_NAME)


def escape_markdown(text: str) -> str:
    """Text from outside, for Markdown, where it has no effect besides its letters."""
    return bounded(printable(text)).translate(MARKDOWN).replace("](", r"]\(")
