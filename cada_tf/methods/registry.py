"""The table of methods: the package's, and those of users' modules."""

import dataclasses
import importlib.metadata
import inspect
import logging
import re
from collections.abc import Iterable
from types import ModuleType

from cada_tf.config import Config
from cada_tf.errors import InputError, suggestion
from cada_tf.methods.method import Method, Target
from cada_tf.startup import start_tensorflow
from cada_tf.user_modules import import_module

ENTRY_POINTS = "cada_tf.methods"
"""The group of entry points whose modules register methods."""

METHODS: dict[str, Method] = {}
"""Name → method, in the order of tables and legends: the package's first."""

log = logging.getLogger("cada_tf")


def register(method: type[Method]) -> type[Method]:
    """Decorates a subclass of ``Method``: enters it in ``METHODS``.

    Raises:
        InputError: its declaration contradicts itself or another method's.
    """
    check(method)
    known = METHODS.get(method.name)
    if known and (type(known).__module__, type(known).__name__) != (
        method.__module__,
        method.__name__,
    ):
        raise InputError(
            f"{method.__module__}.{method.__name__}: expected a name that no other method has, "
            f"found {method.name!r}, which {type(known).__module__} has registered. Rename it."
        )
    method.label = vars(method).get("label") or method.name
    METHODS[method.name] = method()
    return method


def check(method: type[Method]) -> None:
    """Refuses a declaration that cannot be used."""
    where, name = f"{method.__module__}.{method.__name__}", getattr(method, "name", None)
    if not isinstance(name, str) or not re.fullmatch("[a-z0-9]+([-+][a-z0-9]+)*", name):
        raise InputError(
            f"{where}: expected a name of lower-case letters, digits and hyphens (or +), found "
            f'{name!r}. Write, for instance, name = "ccsa".'
        )
    if not method.source and method.target is Target.NONE:
        raise InputError(
            f"{where}: expected a method that trains on the source, on target utterances, or on "
            "both, found neither. Set source or target."
        )
    base = METHODS.get(method.starts_from or "")
    if method.starts_from and (base is None or base.target is not Target.NONE):
        raise InputError(
            f"{where}: expected starts_from to name a registered method that uses no target "
            f"utterance, found {method.starts_from!r}. Write all-source, for instance."
        )
    if not all(name in METHODS and trains(type(METHODS[name])) for name in method.averages):
        raise InputError(
            f"{where}: expected averages to name registered methods that train networks or "
            f"classifiers, found {', '.join(method.averages)}. Write, for instance, fine-tune and "
            "cada."
        )
    adjusts = method.starts_from and method.adjust is not Method.adjust
    if not (method.averages or adjusts or trains(method)):
        raise InputError(
            f"{where}: expected a network, or a classifier in its place, found neither. Define "
            "the method classifier(self, config), or leave network as it is."
        )
    if not dataclasses.is_dataclass(method.options):
        raise InputError(
            f"{where}: expected options to be a dataclass, found {method.options!r}. Decorate it "
            "with dataclasses.dataclass(frozen=True)."
        )
    check_options(where, method)


def makes_network(name: str) -> bool:
    """Whether what a registered method trains is a network, its own or its members side by side."""
    method = METHODS[name]
    if method.averages:
        return all(map(makes_network, method.averages))
    return method.network is not None


def trains(method: type[Method]) -> bool:
    """Whether a method trains a network or a classifier of its own."""
    return method.network is not None or method.classifier is not Method.classifier


def check_options(where: str, method: type[Method]) -> None:
    """Refuses options without a help, or of names that are taken.

    Methods share an option where their options are derived from the class that declares it.
    """
    taken = {field.name: (Config, "Config") for field in dataclasses.fields(Config)}
    for other in METHODS.values():
        if other.name != method.name:
            fields = dataclasses.fields(other.options)
            taken |= {f.name: (declared_in(other.options, f.name), other.name) for f in fields}
    for field in dataclasses.fields(method.options):
        if "help" not in field.metadata or field.default is dataclasses.MISSING:
            raise InputError(
                f"{where}: expected the option {field.name} to have a default and a help, found "
                "a plain field. Write it as cada_tf.methods.option(default, help)."
            )
        place, owner = taken.get(field.name, (None, ""))
        if place not in (None, declared_in(method.options, field.name)):
            raise InputError(
                f"{where}: expected options of names of their own, found {field.name}, which "
                f"{owner} has. Prefix it with the method's name."
            )


def declared_in(options: type, name: str) -> type:
    """The class that declares a field of a dataclass, perhaps one that it is derived from."""
    return next(cls for cls in options.__mro__ if name in inspect.get_annotations(cls))


def get_method(name: str) -> Method:
    """The method of a name.

    Raises:
        InputError: none is registered under it.
    """
    if name not in METHODS:
        raise InputError(
            f"method: expected any of {', '.join(METHODS)}; found {name!r}."
            f"{suggestion(name, METHODS)} A method of your own needs `method_module`, the module "
            "that registers it."
        )
    return METHODS[name]


def is_packaged(method: Method) -> bool:
    """Whether a method is one of the package's."""
    return type(method).__module__.startswith("cada_tf.methods.")


def load_method_modules(modules: Iterable[str]) -> None:
    """Imports modules that register methods.

    Args:
        modules: names of modules, ``package.module``, or paths of files that end in ``.py``.

    Raises:
        InputError: one cannot be imported, or registers nothing.
    """
    for name in modules:
        module = import_or_restore(name)
        if not any(belongs(type(method), module) for method in METHODS.values()):
            raise InputError(
                f"method module {name}: expected it to register a method, found none. Decorate "
                "the class with cada_tf.methods.register."
            )


def import_or_restore(name: str) -> ModuleType:
    """The module of a name or of a file; if it fails, nothing is registered."""
    before = dict(METHODS)
    start_tensorflow()  # configured, and without its messages, before the module imports it
    try:
        return import_module(name, "method module")
    except InputError:
        METHODS.clear()
        METHODS.update(before)
        raise


def belongs(method: type[Method], module: ModuleType) -> bool:
    """Whether a method was registered by a module or by one of its package."""
    return f"{method.__module__}.".startswith(f"{module.__name__}.")


def load_entry_points() -> None:
    """Imports the modules that installed packages name as ``cada_tf.methods``.

    One that cannot be imported is reported and left out.
    """
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            entry.load()
        except Exception as error:  # of code that is not ours
            log.warning("entry point %s = %s left out: %s", entry.name, entry.value, error)
