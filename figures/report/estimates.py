"""How good a model may be: the estimates of its card, in plain words and as a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cada_tf.apps.pictures import CHANCE, INCHES, look
from cada_tf.lazy import lazy_imports
from cada_tf.text import shown
from figures.report import card
from figures.report.page import Picture, to_picture

with lazy_imports():
    import matplotlib.figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from figures.report.page import Section, Table

NUMBER = r"−?\d{1,5}(?:\.\d{1,5})?"
BETWEEN = re.compile(rf"({NUMBER}) to ({NUMBER})")
MOST_ROWS = 30
"""Of a picture."""
ROW = 0.24
"""Inches of a row of a picture."""
BASELINES = {
    "all-source": "a network of the source alone, not adapted",
    "label-target": "a network of the labelled recordings alone, without the source",
    "fine-tune": "all-source, trained further on the labelled recordings: the simplest adaptation",
}
"""What a model is compared with, and what it is."""
PICTURES = (
    (
        card.ESTIMATES,
        "Estimates",
        "Each row is a system, the model's own on top: the dot is its estimated UA, the bar the "
        "95 % interval, the dotted line chance. Which of them is better, the differences below "
        "say, and not the bars, as all were tested on the same recordings.",
    ),
    (
        card.CURVE,
        "Learning curve",
        "Each row is a number of labels that networks were trained on: the dot is their estimated "
        "UA, the bar the 95 % interval, the dotted line chance.",
    ),
)
"""Kinds of tables, each with the title and the explanation of its picture."""


class Estimate(NamedTuple):
    """A number of a card with its 95 % interval: UA in %, or a lead in points.

    Args:
        name: of the system, the lead or the number of labels.
        value: the number.
        low, high: its interval; None where the card says that it is not known.
    """

    name: str
    value: float
    low: float | None
    high: float | None

    @property
    def words(self) -> str:
        """The value with its interval."""
        if self.low is None:
            return f"{signed(self.value)} points, interval not known"
        return f"{signed(self.value)} points [{minus(self.low)}, {minus(self.high)}]"


def signed(value: float) -> str:
    """With its sign."""
    return f"{value:+.1f}".replace("-", "−")


def minus(value: float) -> str:
    """With a minus sign that is one."""
    return f"{value:.1f}".replace("-", "−")


def parse(table: Table) -> list[Estimate]:
    """The rows of a table that are numbers as cada-adapt writes them; others are left out."""
    found = []
    for name, value, interval in table.rows:
        if not re.fullmatch(NUMBER, value):
            continue
        ends = BETWEEN.fullmatch(interval)
        low, high = map(to_number, ends.groups()) if ends else (None, None)
        found.append(Estimate(shown(name), to_number(value), low, high))
    return found


def to_number(words: str) -> float:
    """A number with a minus sign that is one."""
    return float(words.replace("−", "-"))


def finding(sections: Sequence[Section], chance: float) -> str:
    """The estimate and the leads in a sentence or two; what is known instead if there is none.

    Args:
        sections: of the card.
        chance: UA of guessing, in %.
    """
    found = [parse(table) for table in card.find_tables(sections, card.ESTIMATES)]
    if not found or not found[0] or found[0][0].low is None:
        return "How good the model is, is not known: its card has no estimate."
    own = found[0][0]
    than_chance = "better than guessing" if own.low > chance else "perhaps no better than guessing"
    first = (
        f"{own.name} recognises an estimated {own.value:.0f} % of the recordings of each class "
        f"rightly, in the mean over the classes; between {own.low:.0f} and {own.high:.0f} % is "
        f"plausible (95 % interval), which is {than_chance} ({chance:.0f} %)."
    )
    return " ".join(filter(None, [first, compared(leads_of(sections))]))


def leads_of(sections: Sequence[Section]) -> list[Estimate]:
    """The leads over the baselines for the labelled speakers, by the names of these."""
    tables = card.find_tables(sections, card.LEADS)
    found = parse(tables[0]) if tables else []
    return [lead._replace(name=lead.name.rpartition(" − ")[2]) for lead in found]


def compared(leads: Sequence[Estimate]) -> str:
    """Which baselines the model is ahead of and behind, as far as the intervals say."""
    known = [lead for lead in leads if lead.low is not None]
    ahead = [lead for lead in known if lead.low > 0]
    behind = [lead for lead in known if lead.high < 0]
    open_ = [lead for lead in leads if lead not in ahead and lead not in behind]
    parts = [
        f"{words} {'; '.join(f'{lead.name} ({lead.words})' for lead in some)}"
        for words, some in (
            ("better than", ahead),
            ("worse than", behind),
            ("not known to be better or worse than", open_),
        )
        if some
    ]
    return f"It is {', and '.join(parts)}." if parts else ""


def meaning(sections: Sequence[Section], chance: float) -> list[str]:
    """What the estimates mean, in sentences; none if there is none."""
    tables = [parse(table) for table in card.find_tables(sections, card.ESTIMATES)]
    lines = []
    for rows, speakers in zip(tables, ("the speakers labelled", "a new speaker"), strict=False):
        if rows and rows[0].low is not None:
            name, value, low, high = rows[0]
            lines.append(
                f"For {speakers}: of 100 recordings, as many of each class, {name} is expected to "
                f"recognise about {value:.0f} rightly. The labels are too few to know it better "
                f"than from {low:.0f} to {high:.0f}. Guessing would be right about "
                f"{chance:.0f} times."
            )
    named = {row.name for rows in tables for row in rows}
    lines += [f"{name}: {words}." for name, words in BASELINES.items() if name in named]
    if lines:
        lines.append(
            "A lead whose interval holds zero says that either may be the better one. The "
            "intervals are each by itself: of several, one may miss the truth."
        )
    return lines


def pictures(sections: Sequence[Section], chance: float) -> list[Picture]:
    """The estimates, and the learning curve if the card has one, as pictures."""
    found = []
    for heads, title, sentence in PICTURES:
        tables = card.find_tables(sections, heads)
        rows = [r for r in parse(tables[0]) if r.low is not None][:MOST_ROWS] if tables else []
        if rows:
            words = "; ".join(f"{r.name} {r.value:.1f} ({r.low:.0f} to {r.high:.0f})" for r in rows)
            gist = f"{title}, UA in % with its 95 % interval: {words}; chance {chance:.1f}."
            found.append(to_picture(make_figure(rows, chance), title, sentence, gist))
    return found


def make_figure(rows: Sequence[Estimate], chance: float) -> Figure:
    """A dot with its interval in each row, the first on top."""
    with look():
        height = 0.7 + ROW * len(rows)
        figure = matplotlib.figure.Figure((INCHES[0] + 1, height))
        axes = figure.subplots()
        for place, row in enumerate(rows):
            error = [[max(0, row.value - row.low)], [max(0, row.high - row.value)]]
            axes.errorbar(row.value, place, xerr=error, fmt="o", color="#0d0887", capsize=2)
        axes.axvline(chance, **CHANCE)
        axes.set_yticks(range(len(rows)), [row.name[:40] for row in rows], parse_math=False)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.set_xlabel("Unweighted accuracy (%)")
        axes.grid(axis="x")
        return figure
