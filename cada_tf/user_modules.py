"""Modules of the user's: their import, and a digest of their code."""

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from cada_tf.errors import InputError
from cada_tf.text import one_line


def import_module(name: str, role: str) -> ModuleType:
    """The module of a name or of a file; whatever it raises becomes one line.

    Args:
        name: ``package.module``, or the path of a file that ends in ``.py``.
        role: what the module is for, as messages say: ``method module``.

    Raises:
        InputError: it is not found, or cannot be imported.
    """
    try:
        if name.endswith(".py"):
            return import_file(Path(name), role)
        return importlib.import_module(name)
    except InputError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(
                f"{role} {name}: expected a module that Python finds, found none. Name its "
                "file instead, FOLDER/FILE.py, or add its folder to PYTHONPATH."
            ) from error
        raise failed(f"{role} {name}: expected it to be imported", error) from error
    except Exception as error:  # of code that is not ours
        raise failed(f"{role} {name}: expected it to be imported", error) from error


def import_file(path: Path, role: str) -> ModuleType:
    """The module of a file, under the file's name; other files beside it can be imported."""
    path = path.resolve()
    if not path.is_file():
        raise InputError(f"{role} {path}: expected a file, found none. Check the path.")
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    module = importlib.import_module(path.stem)
    # Workers find it by its name alone, so that another one earlier on the path would replace it.
    found = getattr(module, "__file__", None) or "built into Python"
    if Path(found).resolve() != path:
        raise InputError(
            f"{role} {path}: expected a file whose name no other module has, found the "
            f"module {path.stem} ({found}). Rename the file."
        )
    return module


def failed(expected: str, error: Exception) -> InputError:
    """The error for code of the user's that raises one of its own.

    Args:
        expected: the beginning of the message.
        error: what was raised.
    """
    frame, line = error.__traceback__, None
    while frame is not None:  # the deepest line that belongs to the user
        if not frame.tb_frame.f_code.co_filename.startswith("<frozen"):
            line = f"{Path(frame.tb_frame.f_code.co_filename).name}, line {frame.tb_lineno}"
        frame = frame.tb_next
    return InputError(
        f"{expected}, found {type(error).__name__}: {one_line(str(error))} ({line}). "
        "Mend the module."
    )


def update_digest(digest: "hashlib._Hash", module: ModuleType) -> None:
    """Adds the name and the code of a module to a digest; comments do not count."""
    digest.update(module.__name__.encode())
    digest.update(code_of(module))


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
    """The syntax tree of a module, without comments, docstrings and the defaults of options.

    It is the same under all versions of Python, whose own ``ast.dump`` differs.
    """
    tree = ast.parse(Path(module.__file__).read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not is_text(line)] or [ast.Pass()]
        if is_option(node):
            node.value = None
    return describe(tree).encode()


def describe(node: object) -> str:
    """A part of a syntax tree as a text; what is empty does not count."""
    if isinstance(node, list):
        return f"[{', '.join(map(describe, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = (f"{k}={describe(v)}" for k, v in ast.iter_fields(node) if v is not None and v != [])
    return f"{type(node).__name__}({', '.join(fields)})"


def is_option(node: ast.AST) -> bool:
    """Whether a statement declares a ``config.option``, whose value is recorded with each run."""
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call)):
        return False
    return ast.unparse(node.value.func).rpartition(".")[2] == "option"


def is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or another string that does nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
