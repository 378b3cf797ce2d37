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
CHANCE = {"color": "black", "linestyle": (0, (1, 3)), "linewidth": 0.8, "zorder": 1}
"""How a line at the UA of guessing is drawn."""
UNDATED = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
    "svg": dict.fromkeys(["Creator", "Date", "Format", "Type"]),
}
"""Format → metadata without versions and dates."""


def look() -> AbstractContextManager[None]:
    """The style sheet, for a ``with`` statement; the user's settings of Matplotlib do not count."""
    return matplotlib.rc_context(fname=SHEET)


def encode(figure: Figure, format: str, dpi: float | str = "figure") -> bytes:
    """A picture as a file: the same bytes for the same figure.

    Args:
        figure: the picture.
        format: ``png``, ``pdf`` or ``svg``.
        dpi: dots per inch of a PNG; those of the style sheet if not given.
    """
    picture = io.BytesIO()
    with look():
        if dpi == "figure":
            dpi = matplotlib.rcParams["savefig.dpi"]
        figure.savefig(picture, format=format, dpi=dpi, metadata=UNDATED[format])
    return picture.getvalue()
