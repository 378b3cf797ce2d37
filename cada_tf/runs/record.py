"""The record of an output directory, run.json: what its rows depend on.

It holds the settings that every row depends on, the options of methods outside of the package, the
grid that was asked for, the versions of the libraries, and a fingerprint of the source code of each
method. Nothing else reads or writes it.
"""

import dataclasses
import importlib.metadata
import json
import logging
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.storage import write_atomically

FILE = "run.json"
LIBRARIES = ("cada-tf", "tensorflow", "keras", "numpy", "pandas", "scikit-learn", "opensmile")
ADDED_LATER = {"features": "GeMAPSv01b", "folds_by": "utterance", "classes": "valence"}
ADDED_LATER |= {"draw": "stratified", "source_shares": []}
"""Settings that older records lack, and the value that all runs had then."""
MAX_DEPTH = 20
"""Of lists and dicts in a record; Python's own limit depends on what is done with them."""

log = logging.getLogger("cada_tf")


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that results may depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known of the rows of an output directory.

    Args:
        settings: what each row depends on: option → value, of JSON's types.
        grid: which rows are asked for, likewise; it may change from run to run.
        versions: of the libraries; by default the installed ones.
        method_options: the options of methods outside of the package, likewise, as far as they
            were loaded.
        method_sources: method → fingerprint of its source code; without those methods whose
            fingerprint is not known.
    """

    settings: Mapping[str, object]
    grid: Mapping[str, object]
    versions: Mapping[str, str] = dataclasses.field(default_factory=versions)
    method_options: Mapping[str, object] = dataclasses.field(default_factory=dict)
    method_sources: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes run.json, unless it holds the same already."""
        values = dataclasses.asdict(self)
        for name in ("method_options", "method_sources"):
            if not values[name]:
                del values[name]
        text = json.dumps(values, indent=2) + "\n"
        path = folder / FILE
        if not path.exists() or path.read_text() != text:
            write_atomically(path, text)


def read_record(folder: Path) -> Record:
    """The record of a run.

    Raises:
        InputError: there is no run.json, or it is not what a run writes.
    """
    path = folder / FILE
    try:
        values = json.loads(path.read_text())
        known = {field.name for field in dataclasses.fields(Record)}
        parts = {"versions": {}} | {name: values[name] for name in known & set(values)}
        if not all(isinstance(part, dict) and is_shallow(part) for part in parts.values()):
            raise TypeError
        return Record(**parts)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        found = "nothing" if isinstance(error, FileNotFoundError) else "something else"
        raise InputError(
            f"{path}: expected the settings of a run, found {found}. Restore it, or choose "
            "another directory."
        ) from error


def is_shallow(value: object, depth: int = MAX_DEPTH) -> bool:
    """Whether lists and dicts are inside of one another at most ``depth`` times."""
    if not isinstance(value, list | dict):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(is_shallow(item, depth - 1) for item in inside)


def find_record(folder: Path) -> Record | None:
    """The record of an output directory; None of a new one.

    Raises:
        InputError: run.json is not what a run writes, or there are results without it.
    """
    if (folder / FILE).exists() or (folder / "results.csv").exists():
        return read_record(folder)
    return None


def planned(folder: Path) -> tuple[int, int] | None:
    """The (trials, folds) of a complete cell of a run; None where there is no run.json.

    Raises:
        InputError: run.json is not what a run writes.
    """
    if not (folder / FILE).exists():
        return None
    record = read_record(folder)
    try:
        return int(record.grid["trials"]), int(record.settings["folds"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:  # OverflowError: Infinity
        raise InputError(
            f"{folder / FILE}: expected a number of trials and of folds, found none. Restore it, "
            "or choose the directory of another run."
        ) from error


def check_settings(
    folder: Path,
    record: Record | None,
    settings: Mapping[str, object],
    method_options: Mapping[str, object] | None = None,
    part: bool = False,
) -> None:
    """Refuses settings other than those of the rows in an output directory.

    Args:
        folder: the output directory.
        record: of ``find_record``.
        settings: option → value.
        method_options: likewise of the methods outside of the package that are loaded; one that
            the rows were made without is accepted.
        part: whether ``settings`` are only some of them.

    Raises:
        InputError: one of them differs.
    """
    if record is None:
        return
    earlier = ADDED_LATER | dict(record.settings)
    now = ADDED_LATER | json.loads(json.dumps(settings))
    names = list(settings) if part else sorted({*earlier, *now})
    own = json.loads(json.dumps(method_options or {}))
    names += [name for name in own if name in record.method_options]
    earlier, now = earlier | dict(record.method_options), now | own
    for name in names:
        if now.get(name) != earlier.get(name):
            raise InputError(
                f"{folder} holds results of other settings: `{name}` was "
                f"{formatted(earlier.get(name))}, now it is {formatted(now.get(name))}. Choose "
                f"another `output_dir`, or the settings of {folder / FILE}.",
                option="output_dir",
            )


def check_method_sources(
    folder: Path, record: Record | None, current: Mapping[str, str], methods: Iterable[str]
) -> None:
    """Refuses to mix rows that different code of a method makes.

    Args:
        folder: the output directory.
        record: of ``find_record``.
        current: method → fingerprint of its source code now.
        methods: those that have rows in the directory.

    Raises:
        InputError: the source of one of ``methods`` is not that of its rows. A method whose
            fingerprint was not recorded, as in older directories, is accepted.
    """
    if record is None:
        return
    for name in methods:
        recorded = record.method_sources.get(name)
        if recorded and current.get(name, recorded) != recorded:
            raise InputError(
                f"{folder} holds rows of another {name}: the source of this method has changed "
                "since they were made. Choose a new `output_dir`, or restore the method's file.",
                option="output_dir",
            )


def formatted(value: object) -> str:
    """A setting as it is written on the command line."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def changed_versions(earlier: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The libraries whose versions differ."""
    return [name for name, version in now.items() if earlier.get(name) != version]


def update_record(folder: Path, earlier: Record | None, now: Record) -> None:
    """Writes ``now`` with what it adds to the options and fingerprints of ``earlier``.

    Logs a warning if the rows of the directory come of several versions of a library.
    """
    if earlier and (changed := changed_versions(earlier.versions, now.versions)):
        log.warning(
            "%s holds results of other versions of %s, which may differ slightly",
            folder,
            ", ".join(changed),
        )
    if earlier:
        options = {**earlier.method_options, **now.method_options}
        sources = {**earlier.method_sources, **now.method_sources}
        now = dataclasses.replace(now, method_options=options, method_sources=sources)
    now.write(folder)
