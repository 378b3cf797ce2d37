"""A row of a table, or of audformat's index, that names a recording or a segment of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclasses.dataclass(frozen=True, kw_only=True)
class TableRow:
    """A recording, or a segment of one, and what else its row says of it.

    ``os.fspath`` of it is a path to open, ``str`` the name to print.

    Args:
        name: of the recording.
        path: where it is.
        start: of the segment, in seconds; None for a whole recording.
        end: of the segment, in seconds; None for the recording's end.
        label: the class or emotion that the row gives; empty if there is none.
        true_class: the recogniser's class that ``label`` stands for; None if not known.
        cells: the row's other columns, name → text; None for an empty cell.
        features: that the table has of it, ``[F]``, float32; None: it has to be measured.
    """

    name: str
    path: str
    start: float | None = None
    end: float | None = None
    label: str = ""
    true_class: str | None = None
    cells: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    features: np.ndarray | None = dataclasses.field(default=None, compare=False)

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.name
