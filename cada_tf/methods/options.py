"""All options, the shared ones and those that methods declare, under one flat list of names."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from cada_tf.config import Choice, Config
from cada_tf.errors import suggestion
from cada_tf.methods.method import Method
from cada_tf.methods.registry import METHODS, is_packaged

FIELDS = tuple(field for field in dataclasses.fields(Config) if field.name != "method_options")


@dataclasses.dataclass(frozen=True)
class Option:
    """An option of training, as flags, records and pictures show it.

    Args:
        name, default, help, low, high, tried: see ``config.option``.
        methods: names of those whose results it can change; none: all.
        shared: whether it is one of ``Config``, or a method's own.
        packaged: whether it is shared or that of a method of the package.
    """

    name: str
    default: Any
    help: str
    low: float | None
    high: float | None
    tried: tuple
    methods: tuple[str, ...]
    shared: bool
    packaged: bool = True

    def convert(self, value: Any) -> Any:
        """A value of a flag or of a record, in the option's type."""
        if isinstance(self.default, Choice):
            return type(self.default)(value)
        if isinstance(self.default, tuple):
            return tuple(map(int, value))
        if isinstance(self.default, float) and not isinstance(value, str):
            return float(value)
        return value


def all_options() -> dict[str, Option]:
    """Name → option: the shared ones, then those of the registered methods."""
    options = {field.name: shared_option(field) for field in FIELDS}
    for method in METHODS.values():
        for field in own_fields(method):
            known = options.get(field.name)
            users = (*known.methods, method.name) if known else (method.name,)
            packaged = is_packaged(METHODS[users[0]])
            options[field.name] = make_option(field, users, shared=False, packaged=packaged)
    return options


def own_fields(method: Method) -> list[dataclasses.Field]:
    """The options that methods declare and that change its results: its own and its members'."""
    members = (field for name in method.averages for field in own_fields(METHODS[name]))
    return [*members, *dataclasses.fields(method.options)]


def shared_option(field: dataclasses.Field) -> Option:
    """The option of a field of ``Config``."""
    needed = field.metadata["applies_to"]
    users = tuple(name for name, m in METHODS.items() if getattr(m, needed)) if needed else ()
    return make_option(field, users, shared=True)


def make_option(
    field: dataclasses.Field, methods: tuple[str, ...], *, shared: bool, packaged: bool = True
) -> Option:
    """The option of a field, with the methods that use it."""
    facts = {name: field.metadata[name] for name in ("help", "low", "high", "tried")}
    return Option(
        field.name, field.default, **facts, methods=methods, shared=shared, packaged=packaged
    )


def make_config(base: Config | None = None, /, **options: Any) -> Config:
    """A configuration from options of both kinds, by name.

    Args:
        base: what the options that are not named are taken from; the defaults if None.
        **options: name → value: choices, too, by their names.

    Raises:
        TypeError: there is no such option.
        ValueError: a choice that there is not.

    Example:
        >>> make_config(patience=5, fine_tune_steps=30).method_options
        {'fine_tune_steps': 30}
    """
    known = all_options()
    for name in options:
        if name not in known:
            raise TypeError(f"Unknown option {name!r}.{suggestion(name, known)}")
    values = {name: known[name].convert(value) for name, value in options.items()}
    base = base or Config()
    own = {name: value for name, value in values.items() if not known[name].shared}
    rest = {name: value for name, value in values.items() if known[name].shared}
    own = sorted((dict(base.method_options) | own).items())
    # Those with their defaults are left out, so that equal configurations are equal.
    own = {name: value for name, value in own if name not in known or value != known[name].default}
    return dataclasses.replace(base, **rest, method_options=own)


def config_of(settings: Mapping[str, Any]) -> Config:
    """The configuration of a run's settings; what they do not name has its default."""
    known = all_options()
    return make_config(**{name: value for name, value in settings.items() if name in known})


def option_values(config: Config, methods: Iterable[str] | None = None) -> dict[str, Any]:
    """Name → value of all options, or of those that change results of these methods."""
    chosen = None if methods is None else set(methods)
    found = {}
    for name, option in all_options().items():
        if chosen is None or not option.methods or chosen.intersection(option.methods):
            own = config.method_options.get(name, option.default)
            found[name] = getattr(config, name) if option.shared else own
    return found
