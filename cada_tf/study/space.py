"""The settings of a method that a study tries: its default, and random ones from a space."""

from collections.abc import Mapping
from typing import Any

from cada_tf.config import Config
from cada_tf.methods import METHODS, Option, all_options, make_config
from cada_tf.protocol.keyed import keyed_rng
from cada_tf.study.declaration import Study


def searched(method: str, space: Mapping[str, tuple]) -> dict[str, tuple]:
    """The options of a space that can change the results of a method, and their values.

    Those of the networks that it starts from are among them: they are chosen jointly with its own.
    """
    needed = with_bases(method)
    known = all_options()
    return {name: values for name, values in space.items() if applies(known[name], needed)}


def with_bases(method: str) -> set[str]:
    """A method, those whose networks it builds on, and so on."""
    return {method}.union(*(with_bases(base) for base in METHODS[method].builds_on))


def applies(option: Option, methods: set[str]) -> bool:
    """Whether an option changes the results of any of these methods."""
    if not option.methods:  # of training: all that train a network
        return any(METHODS[name].network is not None for name in methods)
    return bool(methods.intersection(option.methods))


def draw_settings(method: str, study: Study) -> list[dict[str, Any]]:
    """The settings of a method: the default, which is empty, and ``study.settings`` random ones.

    Each is drawn uniformly from the product of the values of all options, by random numbers that
    depend on the seed, the method, its number and the option alone.
    """
    drawn: list[dict[str, Any]] = [{}]
    for number in range(1, study.settings + 1):
        setting = {}
        for name, values in searched(method, study.space).items():
            rng = keyed_rng(study.seed, "settings", method, number, name)
            setting[name] = values[rng.integers(len(values))]
        drawn.append(setting)
    return drawn


def setting_config(study: Study, scaling: str, options: Mapping[str, Any]) -> Config:
    """The configuration of a setting under a scaling."""
    return make_config(**{**study.defaults, **study.scalings[scaling], **options})
