r"""How long a training step takes, and how that grows: the picture of a benchmark.

    python -m figures.benchmark --results=runs/benchmark [--output=figures/benchmark]

draws a PNG and a PDF from the benchmark.json that ``experiments.benchmark`` wrote.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command
from figures.drawing import add_legend, add_title, save, separate_labels
from figures.labels import count, display

with lazy_imports():
    import matplotlib.figure
    import matplotlib.ticker

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAGS = flags.FLAGS

# Lightness and hatching tell the ways apart in grey and to the colour-blind.
WAYS = {
    "plain": ("(a) Keras's fit", "#0d0887", ""),
    "stacks": ("(b) our stacks", "#cc4778", "////"),
    "products": ("(c) matrix products alone", "#fbd9a0", "...."),
}
LINES = {"stacks": ("o", "-"), "products": ("s", ":")}
SIZES = {
    "replicas": "Networks in a stack",
    "source": "Source utterances",
    "hidden": "Hidden units",
    "examples": "Labelled target examples",
    "features": "Features",
}
LINEAR = ("source", "hidden")
"""The sizes with which the work grows in proportion; the other axes are logarithmic."""
DASHES = (0, (6, 3))
STEP, EPOCH = "µs a step a model", "ms an epoch a model"
HEIGHT = 3.1
"""Inches of two rows of panels."""


def main() -> None:
    """Draws the figure of a benchmark."""
    folder = Path(FLAGS.results)
    path = command.given_picture(folder / "benchmark")
    for file in draw(read(folder), path):
        print(f"figure: {file}")


def read(folder: Path) -> dict:
    """The record of a benchmark.

    Raises:
        InputError: there is none, or it is not one.
    """
    path = folder / "benchmark.json"
    try:
        record = json.loads(path.read_text())
        _ = record["systems"], record["growth"], record["settings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"--results: expected the folder of a benchmark, with its benchmark.json, at {folder}; "
            f"found: {getattr(error, 'strerror', None) or 'something else'}. Name the --output of "
            "experiments.benchmark."
        ) from error
    return record


def draw(record: dict, path: Path) -> list[Path]:
    """Draws the times of a benchmark.

    Args:
        record: of ``benchmark.json``.
        path: of the pictures, without suffix.

    Returns:
        The files written: PNG and PDF.
    """
    settings = record["settings"]
    with look():
        height = HEIGHT * (1.4 if "features" in record["growth"] else 1)
        figure = matplotlib.figure.Figure((INCHES[1], height))
        rows = [["bars", "replicas", "source"], ["bars", "hidden", "examples"]]
        if "features" in record["growth"]:
            rows.append(["bars", "features", "features"])
        axes = figure.subplot_mosaic(rows, width_ratios=[2.1, 1, 1])
        draw_bars(axes["bars"], record["systems"])
        for size, ways in record["growth"].items():
            draw_growth(axes[size], size, ways, settings[size])
        title = (
            f"{settings['source']:,} × {settings['features']} source, mini-batches of "
            f"{settings['batch_size']}, {settings['hidden']} hidden units; (b) and (c): stacks of "
            f"{settings['replicas']} in {count(settings['jobs'], 'worker')} on "
            f"{count(record['machine']['cores'], 'core')}"
        )
        add_title(figure, [("QUICK, MEANS NOTHING: " if record["quick"] else "") + title])
        handles, labels = axes["bars"].get_legend_handles_labels()
        lines, names = axes["replicas"].get_legend_handles_labels()
        add_legend(figure, [*handles, *lines], [*labels, *names])
        for size in {*record["growth"]} - {*LINEAR}:
            separate_labels(axes[size])
        return save(figure, path)


def draw_bars(axes: Axes, systems: dict) -> None:
    """A bar per system and way, and below each system how the ways compare."""
    width = 0.27
    for place, (way, (label, colour, hatch)) in enumerate(WAYS.items()):
        bars = axes.bar(
            [number + (place - 1) * width for number in range(len(systems))],
            [found[way]["us"] for found in systems.values()],
            width * 0.94,
            **{"label": label, "color": colour, "hatch": hatch},
            **{"edgecolor": "black", "linewidth": 0.5},
        )
        axes.bar_label(bars, fmt=number_of, padding=1.5)
    axes.set_xticks(range(len(systems)), [compare(*item) for item in systems.items()])
    axes.tick_params(axis="x", length=0)
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low / 1.6, high * 1.2)
    plain_numbers(axes)
    axes.set_ylabel(STEP)
    axes.set_title("Training step")
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def compare(system: str, found: dict) -> str:
    """A system and its ratios."""
    return (
        f"{display(system)}\n(a) / (b) = {found['plain_to_stacks']:.1f}\n"
        f"(c) / (b) = {found['products_to_stacks']:.2f}"
    )


def draw_growth(axes: Axes, size: str, ways: dict, usual: int) -> None:
    """CADA's times against one size; an upright line where it is as in the bars."""
    for way, (marker, line) in LINES.items():
        if way in ways:
            axes.plot(
                [found["case"][size] for found in ways[way]],
                [time_of(size, found) for found in ways[way]],
                **{"color": "0.45" if way == "products" else WAYS[way][1]},
                **{"marker": marker, "linestyle": line, "label": f"{WAYS[way][0][:3]} of CADA"},
            )
    axes.axvline(usual, color="0.6", linewidth=0.7, linestyle=DASHES, zorder=0, label="as at left")
    if size in LINEAR:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
    else:
        values = [found["case"][size] for found in ways["stacks"]]
        axes.set_xscale("log")
        axes.set_xticks(values, [str(value) for value in values])
        axes.minorticks_off()
    axes.set_ylim(bottom=0, top=1.12 * axes.get_ylim()[1])
    axes.set_xlabel(SIZES[size])
    axes.set_ylabel(unit_of(size))
    axes.grid()


def plain_numbers(axes: Axes) -> None:
    """A logarithmic axis without powers of ten."""
    axes.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def unit_of(size: str) -> str:
    """The unit of a growth: a step takes as long whatever the source, but an epoch does not."""
    return EPOCH if size == "source" else STEP


def time_of(size: str, found: dict) -> float:
    """A measurement in that unit."""
    return found["us"] * (found["case"]["steps"] / 1000 if size == "source" else 1)


def describe_growth(size: str, measurements: list[dict]) -> str:
    """A line: each value of the size, and the time that it takes."""
    times = (f"{found['case'][size]:,}: {time_of(size, found):.1f}" for found in measurements)
    return f"{SIZES[size]} ({unit_of(size)})  {'  '.join(times)}"


def number_of(us: float) -> str:
    """Three digits of a time."""
    return f"{us:,.0f}" if us >= 100 else f"{us:.3g}"


if __name__ == "__main__":
    paths.define_path("results", "DIR: that of a benchmark's results.", required=True)
    paths.define_path(
        "output", "PATH: the pictures, without suffix; in the benchmark's folder if not given."
    )
    program.start(main)
