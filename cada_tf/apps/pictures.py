"""The look of all pictures, and their bytes."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports

with lazy_imports():
    import matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEET = Path(__file__).with_name("cada.mplstyle")
"""The style sheet of Matplotlib's that all pictures are made and written in."""
INCHES = (3.35, 6.69)
"""The widths of a column and of a page, 8.5 and 17 cm, at which the letters have their size."""
DPI = 300
"""Dots per inch of a PNG."""
CHANCE = {"color": "black", "linestyle": (0, (1, 3)), "linewidth": 0.8, "zorder": 1}
"""How a line at the UA of guessing is drawn."""
UNDATED = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
    "svg": dict.fromkeys(["Creator", "Date", "Format", "Type"]),
}
"""Formats of pictures → their metadata, without what would differ from day to day."""


def look() -> AbstractContextManager[None]:
    """The style sheet, for a ``with`` statement; the user's settings of Matplotlib do not count."""
    return matplotlib.rc_context(fname=SHEET)


def encode(figure: Figure, kind: str, dpi: int = DPI) -> bytes:
    """A picture as a file, the same bytes for the same results.

    Args:
        figure: the picture.
        kind: a format of ``UNDATED``.
        dpi: dots per inch of a PNG.
    """
    picture = io.BytesIO()
    with look():  # ticks are made as they are drawn, with the sizes that hold then
        figure.savefig(picture, format=kind, dpi=dpi, metadata=UNDATED[kind])
    return picture.getvalue()
