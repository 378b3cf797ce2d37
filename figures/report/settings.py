"""The settings of a run: those that are not the defaults, and the command that makes it again."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cada_tf.corpora.corpus import Options
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, all_options
from cada_tf.paper import SAMPLING_RATE
from cada_tf.runs.record import ADDED_LATER, formatted
from cada_tf.text import shown

with lazy_imports():
    from cada_tf.corpora import registry
    from cada_tf.protocol import problem

if TYPE_CHECKING:
    from cada_tf.runs.record import Record
    from figures.report.results import Run

CORPORA = ("source", "target")
"""Settings that identify the corpora."""
NOTHING = {"": "none", "None": "none"}
WITHOUT_PATH = ("demo-actors", "demo-children")


class Setting(NamedTuple):
    """A setting of a run.

    Args:
        name, value: as flags have them.
        default: its value if it is not given; None where that is not known.
        heeded: whether it can change a result of the run.
    """

    name: str
    value: str
    default: str | None
    heeded: bool

    @property
    def changed(self) -> bool:
        """Whether it differs from its default, and matters."""
        return self.heeded and self.value != self.default

    @property
    def row(self) -> list[str]:
        """Its name, value and default as a table shows them."""
        default = "not known" if self.default is None else self.default
        return [self.name, *(NOTHING.get(words, words) for words in (self.value, default))]


def settings_of(record: Record, methods: Sequence[str]) -> list[Setting]:
    """All settings of a run but for its grid and its corpora, in the order of its record."""
    options, usual = all_options(), defaults()
    found, rows = {**ADDED_LATER, **record.settings, **record.method_options}, []
    for name, value in found.items():
        if name not in CORPORA:
            users = options[name].methods if name in options else ()
            heeded = not users or bool({*users} & {*methods})
            rows.append(Setting(shown(name), shown(formatted(value)), usual.get(name), heeded))
    return rows


def defaults() -> dict[str, str]:
    """Setting → its value if it is not given."""
    protocol = problem.Problem
    values = {field.name: field.default for field in dataclasses.fields(Options)}
    values |= {"sampling_rate": SAMPLING_RATE, "skip_bad_files": False, "source_shares": ()}
    values |= {"seed": protocol.seed, "folds": protocol.folds}
    values |= {"folds_by": protocol.folds_by, "draw": protocol.drawn}
    values |= {name: option.default for name, option in all_options().items()}
    return {
        name: formatted(list(value) if isinstance(value, tuple) else value)
        for name, value in values.items()
    }


def command(run: Run) -> str:
    """The command that makes a run again, a flag on each line; PATH stands for what is not kept."""
    record = run.record
    corpora = [("source", name) for name in run.source.split("+")] + [("target", run.target)]
    flags = [f"--{role}={spec(name)}" for role, name in corpora]
    flags += [f"--methods={','.join(run.methods)}"]
    flags += ["--method_module=MODULE"] * any(name not in METHODS for name in run.methods)
    if run.sizes:
        flags.append(f"--examples={','.join(map(str, run.sizes))}")
    flags.append(f"--trials={run.grid[0]}")
    flags += [flag(setting) for setting in settings_of(record, run.methods) if setting.changed]
    flags.append("--output_dir=runs/again")
    return " \\\n    ".join(["python -m experiments.run", *map(shlex.quote, flags)])


def spec(name: str) -> str:
    """A corpus as ``--source`` takes it; of an unknown name, a table that is called by it."""
    if name in WITHOUT_PATH:
        return name
    return f"{name}:PATH" if name in registry.CORPORA else f"table:PATH/{name}.csv"


def flag(setting: Setting) -> str:
    """A setting as a flag."""
    name, value = setting.name, setting.value
    if value in ("True", "False"):
        return f"--{name}" if value == "True" else f"--no{name}"
    if name == "classes" and "=" in value:  # the lines of a file
        value = "FILE"
    if name == "features":
        value = value.split(" ")[0]  # without its version
    return f"--{name}={value}"
