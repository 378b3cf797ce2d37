"""Which pictures a page of a run has, what each shows, and why one is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from cada_tf.apps.options import as_flags
from cada_tf.errors import InputError
from figures.report import drawings
from figures.report.page import Picture, to_picture

if TYPE_CHECKING:
    from figures.report.drawings import Drawn
    from figures.report.results import Run


class Drawing(NamedTuple):
    """A kind of picture.

    Args:
        title: what it is.
        draw: draws it of a run; raises ``InputError`` where the run lacks what it needs.
        sentence: what it shows, and how to read it.
    """

    title: str
    draw: Callable[[Run], Drawn]
    sentence: str


def draw_all(run: Run) -> tuple[list[Picture], list[tuple[str, str]]]:
    """The pictures of ``DRAWINGS`` that a run has what is needed for; of the others, title and why.

    No reason names a folder of the machine.
    """
    pictures, lacking = [], []
    for title, draw, sentence in DRAWINGS:
        try:
            figure, gist, numbers = draw(run)
        except InputError as error:
            lacking.append((title, as_flags(str(error)).replace(f"{run.folder}/", "")))
        else:
            pictures.append(to_picture(figure, title, sentence, gist, numbers))
    return pictures, lacking


DRAWINGS = [
    Drawing(
        "UA against the number of labelled examples",
        drawings.draw_curve,
        "Each line is a system, with bars of one standard deviation: higher is better. The level "
        "lines are the systems that take no number of labels, and chance. A ring, if there "
        "is one, marks where label-target, trained on the labels alone, overtakes.",
    ),
    Drawing(
        "Paired differences",
        drawings.draw_paired,
        "Each dot is a split, one fold of one trial, on which both systems were tested: above zero "
        "the compared system is ahead. The bar is the mean with its 95 % interval; where it holds "
        "zero, the results do not say which of the two is better.",
    ),
    Drawing(
        "Confusion matrices",
        drawings.draw_confusions,
        "Each row is a true class, and says as what its utterances were recognised, in %. The "
        "diagonal is what was recognised rightly, and its mean is UA; a system that favours a "
        "class has a dark column.",
    ),
    Drawing(
        "UA by speaker",
        drawings.draw_speakers,
        "Each row is a speaker of the target, the best on top: how well the systems work for whom. "
        "Dots left of the dotted line are below chance.",
    ),
    Drawing(
        "The encoder's space before and after adaptation",
        drawings.draw_encoder_space,
        "Each dot is an utterance as a network sees it, pale of the source and dark of the target. "
        "In the upper row an arrow leads from a class's mean in the source to that in the target: "
        "where the corpora are aligned class by class, it is short. In the lower row neighbours "
        "are together, and distances mean little.",
    ),
    Drawing(
        "Domain shift",
        drawings.draw_domain_shift,
        "How far source and target are apart to some of the systems, by two measures: as a whole, "
        "within each class, and in the mean over the classes. Lower is more alike.",
    ),
    Drawing(
        "Differences of the features",
        drawings.draw_feature_differences,
        "On the left how far each feature moves from source to target, within each class, in "
        "standard deviations. On the right how it tells the classes apart in either corpus: where "
        "the signs differ, in bold, what is learnt from one misleads on the other.",
    ),
]
"""The pictures of a page, in order."""
