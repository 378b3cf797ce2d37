"""What the figures have in common: how they look, and how they are written."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from cada_tf.storage import write_atomically

# Lightness, markers and line styles tell the methods apart in grey and to the colour-blind.
STYLES = {
    "cada": ("#0d0887", "o", "-"),
    "label-target": ("#00603a", "^", "-."),
    "fine-tune": ("#cc4778", "s", "--"),
    "pooled": ("#4fa3a5", "v", (0, (4, 1, 1, 1, 1, 1))),
    "fada": ("#f8a53f", "D", (0, (1, 1))),
}
OTHERS = [("#5b3a1e", "P", "-"), ("#7f7f7f", "X", "--"), ("#a0a030", "*", "-.")]
"""Styles of methods that have none of their own, in turn."""
INCHES = (3.5, 7.1)
"""The widths of a column and of both columns of the paper."""
LOOK = {
    "font.size": 7,
    "axes.titlesize": 7,
    "legend.title_fontsize": 7,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,  # letters stay letters
}


def save(figure: Figure, path: Path) -> list[Path]:
    """Writes a picture as PNG and PDF, the same bytes for the same results.

    Args:
        figure: the picture.
        path: where, without suffix.

    Returns:
        The files written.
    """
    return [write(figure, path.with_name(path.name + suffix)) for suffix in (".png", ".pdf")]


def write(figure: Figure, path: Path) -> Path:
    """Writes a picture in the format of its suffix."""
    picture = io.BytesIO()
    undated = {".png": {"Software": None}, ".pdf": {"CreationDate": None}}[path.suffix]
    figure.savefig(picture, format=path.suffix[1:], dpi=300, metadata=undated)
    write_atomically(path, picture.getvalue())
    return path
