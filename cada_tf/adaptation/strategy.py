"""Strategies that choose which unlabelled recordings to label next, and what each goes by.

With few labels typical examples of clusters without a label are known to teach more than those
that the network is least sure of: Hacohen, Dekel and Weinshall, "Active learning on a budget:
opposite strategies suit high and low budgets" (ICML 2022), whose TypiClust is ``DIVERSITY``.
"""

import enum


class Grouping(enum.Enum):
    """What recordings are grouped by, so that groups with few labels come first."""

    SPEAKER = "speaker"
    CLASS = "class"
    """As the recogniser predicts it; of a labelled recording, as it is."""
    CLUSTER = "cluster"
    """Of similar features, as they are scaled for the network."""
    HIDDEN_CLUSTER = "hidden cluster"
    """Of similar outputs of the network's encoder."""


class Score(enum.Enum):
    """What is the best recording of those whose groups have the fewest labels."""

    RANDOM = "random"
    UNCERTAINTY = "uncertainty"
    """The smallest margin between the two most probable classes."""
    TYPICALITY = "typicality"
    """The nearest to its neighbours, in the largest cluster."""


class Strategy(enum.Enum):
    """How recordings are chosen, one after the other.

    Of the recordings that are left those stay whose group has the fewest labels so far by the
    first grouping, of these those by the next one, and so on; of what stays the best score is
    chosen, and counts as labelled from then on.

    Attributes:
        groupings: the first one first; of ``Score.TYPICALITY`` the last one is of clusters.
        score: see ``Score``.
    """

    RANDOM = "random", (), Score.RANDOM
    SPEAKERS = "speakers", (Grouping.SPEAKER,), Score.RANDOM
    CLASSES = "classes", (Grouping.CLASS,), Score.RANDOM
    CLASSES_SPEAKERS = "classes-speakers", (Grouping.CLASS, Grouping.SPEAKER), Score.RANDOM
    UNCERTAINTY = "uncertainty", (), Score.UNCERTAINTY
    DIVERSITY = "diversity", (Grouping.CLUSTER,), Score.TYPICALITY
    DIVERSITY_HIDDEN = "diversity-hidden", (Grouping.HIDDEN_CLUSTER,), Score.TYPICALITY
    DIVERSITY_CLASSES = (
        "diversity-classes",
        (Grouping.CLASS, Grouping.CLUSTER),
        Score.TYPICALITY,
    )
    ALL = "all", (Grouping.CLASS, Grouping.SPEAKER, Grouping.CLUSTER), Score.TYPICALITY

    def __new__(cls, name: str, groupings: tuple[Grouping, ...], score: Score) -> "Strategy":
        member = object.__new__(cls)
        member._value_, member.groupings, member.score = name, groupings, score
        return member

    def __str__(self) -> str:
        return self.value


DEFAULT = Strategy.DIVERSITY
"""What docs/labels.md found to be worth the most."""
