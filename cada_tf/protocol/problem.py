"""The evaluation protocol (Section 4.2): trials, folds, and the few labelled examples.

Everything here is a pure function of the corpora, the seed, the trial, the fold and
the number of examples. Positions are row numbers of a corpus.
"""

import dataclasses

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import FeatureConfig, feature_array, feature_names, scaled_bound
from cada_tf.config import Draw, FoldsBy
from cada_tf.corpora.several import check_same_features
from cada_tf.protocol.checks import check_classes, check_disjoint, check_sizes
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.folds import draw_folds
from cada_tf.protocol.keyed import keyed_rng


@dataclasses.dataclass(frozen=True)
class LabelledSet:
    """A corpus as arrays.

    Args:
        name: of the corpus.
        features: ``[n, F]``, float32.
        labels: position of each utterance's class in ``Problem.classes``, ``[n]``, int.
        speakers: their names, ``[n]``, str.
        corpus_ids: which of several joined corpora each utterance is from, ``[n]``, int from 0
            on; None for a single one.
    """

    name: str
    features: np.ndarray
    labels: np.ndarray
    speakers: np.ndarray
    corpus_ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.corpus_ids is None:
            object.__setattr__(self, "corpus_ids", np.zeros(len(self), int))

    @property
    def n_corpora(self) -> int:
        """The number of joined corpora."""
        return int(self.corpus_ids.max()) + 1

    def __len__(self) -> int:
        return len(self.labels)


@dataclasses.dataclass(frozen=True)
class Split:
    """One fold of one trial over the target: positions ``train`` and ``test``, disjoint."""

    trial: int
    fold: int
    train: np.ndarray
    test: np.ndarray


@dataclasses.dataclass(frozen=True)
class Problem:
    """A source and a target with the same classes, and the protocol's settings.

    Args:
        source, target: the corpora.
        classes: names of the classes, in the order of the labels.
        seed: of all splits and all training.
        trials: repetitions; 20 in the paper.
        folds: of the cross-validation over the target; 5 in the paper. 1 for none: then all
            of the target is trained on, and nothing is tested.
        folds_by: whether folds mix the speakers, as in the paper, or keep them apart.
        drawn: whether as many labelled examples are drawn of each class, or at random.
        feature_names: of the features, F; x0, x1 … if not given.
        feature_config: what identifies them; None if that is not known.
        pool: unlabelled utterances of the target beside those of the folds, of class
            ``UNLABELLED``; None for none. They may be used in all splits.
    """

    source: LabelledSet
    target: LabelledSet
    classes: tuple[str, ...]
    seed: int = 0
    trials: int = 20
    folds: int = 5
    folds_by: FoldsBy = FoldsBy.UTTERANCE
    drawn: Draw = Draw.STRATIFIED
    feature_names: tuple[str, ...] = ()
    feature_config: FeatureConfig | None = None
    pool: LabelledSet | None = None

    def __post_init__(self) -> None:
        if not self.feature_names:
            names = tuple(f"x{i}" for i in range(self.target.features.shape[1]))
            object.__setattr__(self, "feature_names", names)

    @property
    def bound(self) -> float:
        """Of scaled features; see ``feature_set.scaled_bound``."""
        return scaled_bound(self.feature_config and self.feature_config.feature_set)

    def split(self, trial: int, fold: int) -> Split:
        """A fold of a trial; see ``folds.draw_folds``."""
        everyone = np.arange(len(self.target))
        if self.folds == 1:
            return Split(trial, fold, everyone, np.empty(0, int))
        labels, speakers = self.target.labels, self.target.speakers
        drawn = draw_folds(labels, speakers, self.folds, self.folds_by, self.seed, trial)
        test = drawn[fold]
        return Split(trial, fold, np.setdiff1d(everyone, test), test)

    @property
    def whole_target(self) -> LabelledSet:
        """The target, and behind it the pool, as one corpus."""
        if self.pool is None:
            return self.target
        parts = self.target, self.pool
        return LabelledSet(
            self.target.name,
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("features", "labels", "speakers", "corpus_ids")
            ),
        )

    def enrolled(self, split: Split) -> np.ndarray:
        """Positions in ``whole_target`` of what may be used without a label: training and pool.

        Where folds keep speakers apart, the pool is without the speakers that are tested.
        """
        if self.pool is None:
            return split.train
        pool = np.arange(len(self.pool))
        if self.folds_by is FoldsBy.SPEAKER:
            tested = np.isin(self.pool.speakers, self.target.speakers[split.test])
            pool = pool[~tested]
        return np.concatenate([split.train, len(self.target) + pool])

    @property
    def training_size(self) -> int:
        """Utterances in the training folds, the mean over the splits, rounded down.

        Folds by utterance are of equal size but for the remainder; folds by speaker are not.
        """
        return len(self.target) * max(1, self.folds - 1) // self.folds

    def examples(self, split: Split, per_class: int) -> np.ndarray:
        """Positions of the few labelled target examples.

        They come from the training folds, each from a speaker drawn at random. Fewer
        examples are the first ones of more, so that sizes are compared on nested sets.

        Args:
            split: whose training folds.
            per_class: how many of each class; drawn at random, in the mean over the classes.
        """
        key = "examples", split.trial, split.fold
        if self.drawn is Draw.STRATIFIED:
            return self.draw(split.train, per_class, *key)
        return self.draw_at_random(split.train, per_class * len(self.classes), *key)

    def draw(self, positions: np.ndarray, per_class: int, *key: int | str) -> np.ndarray:
        """``per_class`` of these target utterances of each class, each of a random speaker.

        Args:
            positions: to draw from, ``[·]``.
            per_class: how many of each class; fewer are the first ones of more.
            *key: names the random numbers, after the seed.
        """
        drawn = []
        for label in range(len(self.classes)):
            pool = positions[self.target.labels[positions] == label]
            rng = keyed_rng(self.seed, *key, label)
            drawn.append(draw_by_speaker(pool, self.target.speakers[pool], per_class, rng))
        return np.concatenate(drawn)

    def draw_at_random(self, positions: np.ndarray, count: int, *key: int | str) -> np.ndarray:
        """``count`` of these target utterances, whatever their class, each of a random speaker.

        The first of each class come first, so that none is without an example.

        Args:
            positions: to draw from, ``[·]``.
            count: how many, at least as many as there are classes.
            *key: names the random numbers, after the seed.
        """
        speakers, rng = self.target.speakers[positions], keyed_rng(self.seed, *key)
        drawn = draw_by_speaker(positions, speakers, len(positions), rng)
        firsts = np.unique(self.target.labels[drawn], return_index=True)[1]
        return np.concatenate([drawn[np.sort(firsts)], np.delete(drawn, firsts)])[:count]


def draw_by_speaker(
    pool: np.ndarray, speakers: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """``count`` of ``pool`` without replacement: a random speaker each time, then one of theirs."""
    remaining = {
        speaker: list(rng.permutation(pool[speakers == speaker])) for speaker in np.unique(speakers)
    }
    drawn = []
    for _ in range(count):
        speaker = rng.choice(sorted(remaining))
        drawn.append(remaining[speaker].pop())
        if not remaining[speaker]:
            del remaining[speaker]
    return np.array(drawn, dtype=int)


def hold_out(
    strata: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sets a share of each stratum aside for early stopping.

    Args:
        strata: the category of each example, ``[n]``.
        share: of each stratum; rounded down, so that fewer than 1 / share lose none.
        rng: draws the examples.

    Returns:
        Indices into ``strata`` of the examples that remain and of those held out, both sorted.
    """
    held = []
    for stratum in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == stratum))
        held.append(members[: int(share * len(members) + 1e-9)])
    held = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(strata)), held), held


def make_problem(
    source: pd.DataFrame,
    target: pd.DataFrame,
    *,
    seed: int = 0,
    trials: int = 20,
    folds: int = 5,
    folds_by: FoldsBy = FoldsBy.UTTERANCE,
    drawn: Draw = Draw.STRATIFIED,
    largest: int = 0,
) -> Problem:
    """Two corpora with features as a problem, checked.

    Args:
        source, target: corpora (see ``cada_tf.corpora.corpus``) with features.
        seed, trials, folds, folds_by, drawn: see ``Problem``.
        largest: the largest number of labelled examples of a class that will be asked for.

    Raises:
        InputError: a corpus of one class, classes or features that differ, utterances in common,
            or too few examples of a class or speakers for the folds or for ``largest``.
    """
    check_classes(source, target)
    check_disjoint(source, target)
    settings = {"seed": seed, "trials": trials, "folds": folds, "folds_by": folds_by}
    check_sizes(target, largest=largest, drawn=drawn, **settings)
    return to_problem(source, target, **settings, drawn=drawn)


def to_problem(
    source: pd.DataFrame, target: pd.DataFrame, **settings: int | FoldsBy | Draw
) -> Problem:
    """Two corpora as a problem; their sizes are not checked.

    Args:
        source, target: as for ``make_problem``.
        **settings: seed, trials, folds, folds_by and drawn; see ``Problem``.

    Raises:
        InputError: their classes or features differ.
    """
    classes = check_classes(source, target)
    check_same_features([target, source])
    return Problem(
        labelled_set(source, classes),
        labelled_set(target, classes),
        classes,
        **settings,
        feature_names=feature_names(target),
        feature_config=target.attrs.get("features"),
    )


def labelled_set(corpus: pd.DataFrame, classes: tuple[str, ...]) -> LabelledSet:
    """The arrays of a corpus, sorted by file, so that the order of a table's rows has no effect."""
    corpus = corpus.sort_index()
    corpus_ids = pd.factorize(corpus["corpus"], sort=True)[0] if "corpus" in corpus else None
    return LabelledSet(
        name=corpus.attrs["name"],
        features=feature_array(corpus),
        labels=np.array([classes.index(name) for name in corpus["class"]]),
        speakers=corpus["speaker"].to_numpy(str),
        corpus_ids=corpus_ids,
    )


def unlabelled_set(name: str, features: np.ndarray, speakers: np.ndarray) -> LabelledSet:
    """Utterances without a label, for ``Problem.pool``.

    Args:
        name: of the corpus.
        features: ``[n, F]``, float32.
        speakers: their names, ``[n]``, str.
    """
    return LabelledSet(name, features, np.full(len(features), UNLABELLED), speakers)


def pool_set(corpus: pd.DataFrame) -> LabelledSet:
    """The arrays of a corpus of ``loading.load_pool``, in its order, for ``Problem.pool``."""
    speakers = corpus["speaker"].to_numpy(str)
    return unlabelled_set(corpus.attrs["name"], feature_array(corpus), speakers)
