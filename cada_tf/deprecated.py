"""Names of an earlier release, which work for one more release with a ``DeprecationWarning``."""

import functools
import warnings
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

RENAMED: dict[str, str | Callable[..., object]] = {
    "Measurement": "FeatureConfig",
    "Readings": "make_config",
}
"""Old public name of ``cada_tf`` → its new one, or what takes its place if they differ in use."""


def resolve(old: str, public: Callable[[str], object]) -> object:
    """What an old public name stands for; warns the caller's caller.

    Args:
        old: a key of ``RENAMED``.
        public: looks a public name of ``cada_tf`` up.
    """
    new = RENAMED[old]
    name = new if isinstance(new, str) else new.__name__
    warn(f"cada_tf.{old}", f"cada_tf.{name}", stacklevel=4)
    return public(new) if isinstance(new, str) else new


def renamed_field(old: str, new: str) -> Callable[[type[T]], type[T]]:
    """Decorates a dataclass or NamedTuple: a field's old name works as keyword and attribute.

    Where both names are given, as by ``dataclasses.replace``, the old one counts.
    """

    def decorate(decorated: type[T]) -> type[T]:
        constructor = "__new__" if issubclass(decorated, tuple) else "__init__"
        construct, name = getattr(decorated, constructor), decorated.__name__

        @functools.wraps(construct)
        def with_old_name(*args: object, **fields: object) -> T | None:
            if old in fields:
                warn(f"{name}({old}=...)", f"{name}({new}=...)", stacklevel=3)
                fields[new] = fields.pop(old)
            return construct(*args, **fields)

        def renamed(self: T) -> object:
            warn(f"{name}.{old}", f"{name}.{new}", stacklevel=3)
            return getattr(self, new)

        setattr(decorated, constructor, with_old_name)
        setattr(decorated, old, property(renamed, doc=f"Deprecated name of ``{new}``."))
        return decorated

    return decorate


def warn(old: str, new: str, *, stacklevel: int) -> None:
    """Warns of a name that the next release will not have."""
    message = f"{old} is deprecated and will be removed in the next release. Use {new}."
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)
