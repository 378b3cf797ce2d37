"""A fingerprint of a method's source, by which rows of other code are known and refused."""

import ast
import functools
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from cada_tf.methods.registry import get_method

PACKAGE = "cada_tf"


@functools.cache
def fingerprint(name: str) -> str:
    """A number, hexadecimal, that changes with the code of a method; comments do not count.

    It covers the modules of the method's class, of its network, of the classes that these are
    derived from within the package or the user's module, of what a user's module imports from its
    own folder, and of the method that it starts from.

    Raises:
        InputError: no such method is registered.
    """
    method, digest = get_method(name), hashlib.sha256()
    modules = {*modules_of(type(method)), *modules_of(method.network_class)}
    for module in sorted(modules, key=lambda module: module.__name__):
        digest.update(module.__name__.encode())
        digest.update(code_of(module))
    if method.starts_from:
        digest.update(fingerprint(method.starts_from).encode())
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


def neighbours(module: ModuleType, seen: set[ModuleType] | None = None) -> Iterator[ModuleType]:
    """What a module imports from its folder or below, and what these import, and so on."""
    seen = {module} if seen is None else seen
    for name in imported_names(module):
        other = sys.modules.get(name)
        if other is None or other in seen or not lies_beside(other, module):
            continue
        seen.add(other)
        yield other
        yield from neighbours(other, seen)


def imported_names(module: ModuleType) -> Iterator[str]:
    """The names of all modules that a module may import, in full."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            package = importlib.util.resolve_name(relative, module.__package__)
            yield package
            yield from (f"{package}.{alias.name}" for alias in node.names)


def lies_beside(other: ModuleType, module: ModuleType) -> bool:
    """Whether the file of one module is in the folder of another, or below it."""
    files = (getattr(m, "__file__", None) for m in (other, module))
    other_file, file = (f and Path(f).resolve() for f in files)
    return bool(other_file and file) and other_file.is_relative_to(file.parent)


def code_of(module: ModuleType) -> bytes:
    """The syntax tree of a module, without comments and docstrings."""
    tree = ast.parse(Path(module.__file__).read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not is_text(line)] or [ast.Pass()]
    return ast.dump(tree).encode()


def is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or another string that does nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
