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
    """The database of a folder, with its tables. Nothing in it is executed.

    Raises:
        InputError: audformat cannot read it, or would execute what it holds.
    """
    import audformat  # predictions, which need the names above, do without

    try:
        check_holds_data(folder)
        return audformat.Database.load(str(folder), load_data=True)
    except InputError:
        raise
    except Exception as error:  # whatever audformat's parsers of YAML, CSV and Parquet raise
        raise InputError(
            f"{folder / HEADER}: expected an audformat database, found "
            f"{type(error).__name__}: {one_line(str(error), 300)}. Check the folder, or download "
            "it again."
        ) from error


def check_holds_data(folder: Path) -> None:
    """Refuses a database of which audformat would execute a part while it reads it.

    Raises:
        InputError: a table is a pickle, which audformat prefers to other files of it.
        yaml.YAMLError: the header holds Python objects, or is no YAML.
    """
    import yaml

    for file in sorted(folder.glob(f"{Path(HEADER).stem}.*.pkl")):
        raise InputError(
            f"{file}: expected a table as CSV or Parquet, found a pickle, which could execute "
            "anything when it is read. If you trust it, load the database by audformat once and "
            'save it with storage_format="csv" elsewhere; or remove the file if there is a CSV.'
        )
    with open(folder / HEADER, encoding="utf-8") as header:
        yaml.load(header, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
