"""A fingerprint of a method's source, by which rows of other code are known and refused."""

import functools
import hashlib
import sys
from types import ModuleType

from cada_tf.methods.registry import get_method
from cada_tf.user_modules import neighbours, update_digest

PACKAGE = "cada_tf"


@functools.cache
def fingerprint(name: str) -> str:
    """A number, hexadecimal, that changes with the code of a method.

    Comments do not count, nor do defaults of options: the values are recorded with each run.

    It covers the modules of the method's class, of its network, of the classes that these are
    derived from within the package or the user's module, of what a user's module imports from its
    own folder, and of the methods that it builds on.

    Raises:
        InputError: no such method is registered.
    """
    method, digest = get_method(name), hashlib.sha256()
    digest.update(name.encode())  # a module may have several methods
    modules = modules_of(type(method))
    if method.network is not None:
        modules |= modules_of(method.network_class)
    for module in sorted(modules, key=lambda module: module.__name__):
        update_digest(digest, module)
    for base in method.builds_on:
        digest.update(fingerprint(base).encode())
    return digest.hexdigest()[:16]


def modules_of(cls: type) -> set[ModuleType]:
    """The modules of a class and of its bases, as far as they are the package's or the user's."""
    own = cls.__module__.partition(".")[0]
    names = {base.__module__ for base in cls.__mro__}
    kept = {n for n in names if n.partition(".")[0] in (own, PACKAGE)} - {"builtins"}
    found = {sys.modules[n] for n in kept}
    if own != PACKAGE:
        found |= set(neighbours(sys.modules[cls.__module__]))
    return found
