"""A database in audformat, as it is in a folder: the header ``db.yaml``, and a file per table."""

from pathlib import Path
from typing import TYPE_CHECKING

from cada_tf.errors import InputError
from cada_tf.text import one_line

if TYPE_CHECKING:
    import audformat

HEADER = "db.yaml"
"""The file by which audformat knows the folder of a database."""
PREFERRED = ("emotion", "files")
"""Tables of these names are meant to cover a database; others are subsets or splits of it."""


def load_database(folder: Path) -> "audformat.Database":
    """The database of a folder, with its tables.

    Raises:
        InputError: audformat cannot read it.
    """
    import audformat  # predictions, which need the names above, do without

    try:
        return audformat.Database.load(str(folder), load_data=True)
    except Exception as error:  # whatever audformat's parsers of YAML, CSV and Parquet raise
        raise InputError(
            f"{folder / HEADER}: expected an audformat database, found "
            f"{type(error).__name__}: {one_line(str(error), 300)}. Check the folder, or download "
            "it again."
        ) from error
