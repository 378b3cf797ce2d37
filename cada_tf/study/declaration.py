"""The declaration of a study: what is compared, on what, and with which budget."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Stage:
    """How long settings are tested.

    Args:
        trials: repetitions of the cross-validation.
        examples: numbers of labelled target examples, ascending.
    """

    trials: int
    examples: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Validation(Stage):
    """Where settings are cross-validated over the few labels, which costs many networks.

    Args:
        methods: which do so.
    """

    methods: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Apart:
    """Pairs that no setting is searched on, but that what was chosen is tested on.

    Args:
        corpora: name → ``NAME:PATH``, as of ``Study``.
        pairs: of a source and a target, of which at least one is among these corpora.
    """

    corpora: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Study:
    """A study.

    Args:
        corpora: name → ``NAME:PATH``, as a program's ``--source``.
        apart: pairs with further corpora.
        features: the feature set, as ``--features``.
        defaults: options of all settings, as their flags, where a scaling or a setting has none of
            its own: so that the study stays what it is when the package's defaults change.
        scalings: name → the options of a scaling, as their flags. Settings are searched under the
            first one, and hold for all.
        methods: names of those compared.
        folds: of the cross-validation over a target.
        seed: of all splits, settings and training.
        settings: random settings of each method, beside its default.
        space: option → the values that settings are drawn from.
        search: the first stage, which settings are chosen by.
        report: the second stage, in which what was chosen is tested.
        validation: the third, in which settings are cross-validated; its trials and numbers of
            examples are among those of the first.
    """

    corpora: Mapping[str, str]
    apart: Apart
    features: str
    defaults: Mapping[str, Any]
    scalings: Mapping[str, Mapping[str, Any]]
    methods: tuple[str, ...]
    folds: int
    seed: int
    settings: int
    space: Mapping[str, tuple]
    search: Stage
    report: Stage
    validation: Validation

    @property
    def searched(self) -> str:
        """The name of the scaling that settings are searched under."""
        return next(iter(self.scalings))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All ordered pairs of a source and a target, but those apart."""
        return list(itertools.permutations(self.corpora, 2))

    @property
    def all_pairs(self) -> list[tuple[str, str]]:
        """Those apart among them."""
        return [*self.pairs, *self.apart.pairs]

    @property
    def all_corpora(self) -> dict[str, str]:
        """Those apart among them."""
        return {**self.corpora, **self.apart.corpora}
