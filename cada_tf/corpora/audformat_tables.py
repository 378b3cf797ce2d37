"""The table and columns of an audformat database with emotions, classes and speakers."""

import audformat
import pandas as pd

from cada_tf.audio.utterance import segment_name
from cada_tf.corpora.audformat_folder import PREFERRED
from cada_tf.errors import InputError


def choose_table(name: str, database: audformat.Database, wanted: str | None) -> audformat.Table:
    """The table that holds the emotions.

    Args:
        name: of the database, for messages.
        database: with its tables.
        wanted: the table's name, or None to find it.

    Returns:
        The table named, else the only one with an emotion or class per recording, else the
        one of them that is called ``emotion`` or ``files``; if there is none of recordings,
        likewise of segments.

    Raises:
        InputError: there is none, or there are several.
    """
    labelled = [key for key in database.tables if label_columns(database[key])]
    whole = [key for key in labelled if database[key].is_filewise]
    listed = ", ".join(database.tables) or "none"
    if wanted is not None and wanted not in labelled:
        raise InputError(
            f"{name}: expected a table with a column emotion or class in `audb_table`, "
            f"found {wanted!r}. The tables that have one: {', '.join(labelled) or 'none'}."
        )
    if not labelled:
        raise InputError(
            f"{name}: expected a table with a column emotion or class, found the tables "
            f"{listed} without. Choose another database, or give its labels as table:FILE."
        )
    candidates = (whole or labelled) if wanted is None else [wanted]
    preferred = [key for key in candidates if key in PREFERRED]
    for choice in (candidates, preferred):
        if len(choice) == 1:
            return database[choice[0]]
    raise InputError(
        f"{name}: expected one table with emotions, found {', '.join(candidates)}. "
        "Choose one with `audb_table`."
    )


def label_columns(table: audformat.Table) -> list[str]:
    """The columns that hold emotions or classes."""
    return [*columns_of(table, "emotion"), *columns_of(table, "class")]


def columns_of(table: audformat.Table, kind: str) -> list[str]:
    """The column called ``kind`` or, if there is none, those of the scheme ``kind``."""
    if kind in table.columns:
        return [kind]
    return [key for key, column in table.columns.items() if column.scheme_id == kind]


def emotions_and_classes(
    name: str, table: audformat.Table
) -> tuple[pd.Series | None, pd.Series | None]:
    """The table's emotions and classes, one of which may be None, indexed by utterance.

    Raises:
        InputError: several columns could be the one.
    """
    found = []
    for kind in ("emotion", "class"):
        columns = columns_of(table, kind)
        if len(columns) > 1:
            raise InputError(
                f"{name}: expected one column of the scheme {kind!r}, found "
                f"{', '.join(columns)}. Write the one you mean to a file and give it as table:FILE."
            )
        labels = table.df[columns[0]].astype(object) if columns else None
        found.append(labels if labels is None else labels.set_axis(utterance_names(table.index)))
    return found[0], found[1]


def utterance_names(index: pd.Index) -> list[str]:
    """The names of the files, or of the segments, of an index of audformat (see ``utterance``)."""
    if not audformat.is_segmented_index(index):
        return [str(file) for file in index]
    return [
        segment_name(str(file), *(None if pd.isna(t) else t.total_seconds() for t in times))
        for file, *times in index
    ]


def speakers_of(name: str, database: audformat.Database, table: audformat.Table) -> pd.Series:
    """Speakers by utterance, from ``table`` first and then from the other tables of whole files.

    Raises:
        InputError: no table has a column of speakers.
    """
    files = table.files if table.is_filewise else table.index.get_level_values("file")
    others = [database[key] for key in database.tables if database[key].is_filewise]
    speakers = pd.Series(dtype=object)
    for each in (table, *others):
        for column in columns_of(each, "speaker"):
            own = each.index if each is table else files
            values = each.df[column].astype(object).reindex(own).to_numpy()
            found = pd.Series(values, utterance_names(table.index), dtype=object)
            speakers = speakers.combine_first(found)
    if speakers.empty:
        raise InputError(
            f"{name}: expected a column speaker in a table of files, found none in "
            f"{', '.join(database.tables)}. Give the labels with speakers as table:FILE."
        )
    return speakers
