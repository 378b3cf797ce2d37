"""The terms of the corpora that we know."""

LICENCES = {
    "emodb": "CC0 (audEERING's publication)",
    "nemo": "CC BY-NC-SA 4.0",
    "aibo-ohm": "by agreement with its owners (FAU Erlangen-Nürnberg)",
    "aibo-mont": "by agreement with its owners (FAU Erlangen-Nürnberg)",
    "demo-children": "synthetic, MIT",
    "demo-actors": "synthetic, MIT",
}
"""Name of a corpus → its licence."""
UNKNOWN_LICENCE = "not known: ask whoever owns the recordings"
"""Of a table and a database, which say nothing of it."""


def licence_of(name: str) -> str:
    """The licence of a corpus, by its name."""
    return LICENCES.get(name, UNKNOWN_LICENCE)
