"""How ``cada-adapt`` shows which recordings to label next: as a table to fill in, and as a page."""

import os
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from cada_tf.apps import suggestion_page
from cada_tf.audio.feature_set import feature_names
from cada_tf.audio.utterance import split_name
from cada_tf.corpora.corpus import BY_EMOTION, BY_VALENCE
from cada_tf.corpora.table_file import read_cells, texts
from cada_tf.corpora.table_paths import names_from, path_from
from cada_tf.errors import InputError
from cada_tf.storage import write_atomically


def table_beside(model: Path) -> Path:
    """Where the table of a model's suggestions is: MODEL-suggested.csv."""
    return model.with_name(f"{model.stem}-suggested.csv")


def check_no_labels_lost(table: Path) -> None:
    """Refuses to write over a table of suggestions that somebody has filled in.

    Raises:
        InputError: there is a label in it, or it cannot be read.
    """
    if not table.exists():
        return
    cells = read_cells(table)
    labels = [text for name in ("class", "emotion") if name in cells for text in texts(cells[name])]
    if filled := sum(map(bool, labels)):
        raise InputError(
            f"{table}: expected no labels in the table that the new suggestions replace, found "
            f"{filled}. Rename it, and give it as one more `target`."
        )


def what_to_fill_in(
    option: str, classes: Sequence[str], class_of: Mapping[str, str | None]
) -> tuple[str, list[str]]:
    """The column that a table of examples has its labels in, and what may stand there.

    Args:
        option: ``Options.classes``.
        classes: of the recogniser.
        class_of: emotion → class (None: left out) of the corpora.
    """
    if option == BY_VALENCE:
        return "class", list(classes)
    if option == BY_EMOTION:
        return "emotion", list(classes)
    return "emotion", sorted(emotion for emotion, label in class_of.items() if label is not None)


def write(
    found: pd.DataFrame,
    pool: pd.DataFrame,
    folder: Path,
    model: Path,
    *,
    label: str,
    choices: Sequence[str],
) -> dict[str, Path]:
    """Writes MODEL-suggested.csv and MODEL-suggested.html; what each is → where.

    Args:
        found: of ``next_labels``.
        pool: of ``loading.load_pool``.
        folder: that the names in a table with features are relative to.
        model: path of the model file.
        label: name of the column to fill in, ``class`` or ``emotion``.
        choices: what may be filled in.
    """
    path = table_beside(model)
    rows = pool.iloc[found["position"]]
    table = fillable(found, rows, path.parent, label)
    text = table.to_csv(index=False)
    # Names of files that are not in UTF-8 stay as they are.
    write_atomically(path, text.encode("utf-8", "surrogateescape"))
    start = folder if rows.attrs["given"] else Path()
    sources = [audio_source(path.parent, start, name) for name in rows.index]
    page = path.with_suffix(".html")
    html = suggestion_page.render(table, text, sources, label, choices, model.stem)
    write_atomically(page, html.encode("utf-8", "surrogateescape"))
    return {"to label": path, "to listen to": page}


def fillable(found: pd.DataFrame, rows: pd.DataFrame, folder: Path, label: str) -> pd.DataFrame:
    """The table of suggestions, which is one for ``--target`` as soon as a label is filled in.

    Args:
        found: of ``next_labels``.
        rows: of the pool, one for each of these.
        folder: that of the table, from which its paths are.
        label: the column to fill in.

    Returns:
        No column but ``start``, ``end`` and the features, if a table has brought them, is of
        numbers, so that none is taken for a feature.
    """
    parts = [split_name(name) for name in rows.index]
    files = [file for file, *_ in parts]
    named = files if rows.attrs["given"] else names_from(folder, files)
    # As objects, since pandas's own strings cannot hold a name that is not in UTF-8.
    table = pd.DataFrame({"file": pd.Series(named, dtype=object)})
    table.insert(0, "rank", [f"{place} of {len(found)}" for place in range(1, 1 + len(found))])
    if any(start is not None for _, start, _ in parts):
        table["start"], table["end"] = ([part[place] for part in parts] for place in (1, 2))
    table["speaker"] = found["speaker"].to_numpy()
    table["predicted"] = found["predicted"].to_numpy()
    table["confidence"] = [f"{100 * value:.0f} %" for value in found["confidence"]]
    table["reason"] = found["reason"].to_numpy()
    table[label] = ""
    if rows.attrs["given"]:
        features = rows[list(feature_names(rows))].reset_index(drop=True)
        table = pd.concat([table, features], axis=1)
    return table


def audio_source(page: Path, folder: Path, name: str) -> str | None:
    """The address of a recording for a page: relative where possible, percent-encoded.

    Args:
        page: the page's folder.
        folder: that the name is relative to.
        name: of a recording, or of a segment of one, which is played alone.

    Returns:
        None if there is no such file.
    """
    file, start, end = split_name(name)
    path = folder / file
    if not path.is_file():
        return None
    found = path_from(page, str(path))
    if os.path.isabs(found):
        address = Path(found).as_uri()
    else:
        address = urllib.parse.quote(os.fsencode(Path(found).as_posix()))
    until = "" if end is None else f",{end:.9g}"
    return address if start is None else f"{address}#t={start:.9g}{until}"
