"""Imports that take place when a module is first used, so that programs start at once.

``--help`` and the refusal of a wrong flag need no pandas, Matplotlib or scikit-learn, which take
seconds to start. A program imports the modules that it works with so:

    with lazy_imports():
        import pandas as pd

        from cada_tf.runs import results

Each module that the block names is executed when one of its attributes is first used. Whole
modules are imported, since ``from module import name`` uses one at once. NumPy and TensorFlow,
which other libraries' compiled code looks into, are to be imported as usual.
"""

import importlib.abc
import importlib.machinery
import sys
import threading
import types
from collections.abc import Sequence


class lazy_imports:  # noqa: N801  # used as a statement
    """A context manager: modules imported in its block are executed at their first use.

    What these import themselves is imported as usual.
    """

    def __enter__(self) -> None:
        self.block = sys._getframe(1).f_globals
        FINDER.blocks.append(self.block)
        if FINDER not in sys.meta_path:
            sys.meta_path.insert(0, FINDER)

    def __exit__(self, *_: object) -> None:
        FINDER.blocks.remove(self.block)


class LazyFinder(importlib.abc.MetaPathFinder):
    """Makes lazy what a block imports, and packages go before their modules elsewhere.

    Attributes:
        blocks: the global names of the modules that are in a block of ``lazy_imports`` now.
    """

    def __init__(self) -> None:
        self.blocks: list[dict] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What the other finders give, with a lazy loader, for the block; else mostly None."""
        if self.in_block():
            specs = (f.find_spec(name, path, target) for f in sys.meta_path if f is not self)
            spec = next(filter(None, specs), None)
            if spec and hasattr(spec.loader, "exec_module"):
                spec.loader = LazyLoader(spec.loader)
            return spec
        package = sys.modules.get(name.rpartition(".")[0])
        if type(package) is LazyModule:
            _ = package.__doc__  # executes it, and perhaps imports the module
            # Taken out, since of a module that is there the import system executes another copy.
            if module := sys.modules.pop(name, None):
                return importlib.machinery.ModuleSpec(name, LoadedLoader(module))
        return None

    def in_block(self) -> bool:
        """Whether the import that is under way stands in a block itself."""
        frame = sys._getframe(2)
        while frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        return any(frame.f_globals is block for block in self.blocks)


FINDER = LazyFinder()


class LazyLoader(importlib.abc.Loader):
    """Makes a module that another loader executes when it is first used.

    That of ``importlib.util`` executes it as soon as it is imported a second time.
    """

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self.loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__.loader = module.__loader__ = self.loader
        module.__spec__.loader_state = threading.RLock()
        module.__class__ = LazyModule


class LoadedLoader(importlib.abc.Loader):
    """Gives a module that has been loaded meanwhile, as it is."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module, self.spec = module, module.__spec__

    def create_module(self, _: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self.module

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__ = self.spec


class LazyModule(types.ModuleType):
    """A module that has been imported and not executed."""

    def __getattribute__(self, name: str) -> object:
        get = super().__getattribute__
        if name in ("__class__", "__dict__", "__name__", "__path__", "__spec__"):
            return get(name)  # which the import system itself looks at
        spec = get("__spec__")
        with spec.loader_state:
            if type(self) is LazyModule and not get("__dict__").get("__executing__"):
                self.__executing__ = True
                try:
                    spec.loader.exec_module(self)
                finally:
                    del self.__executing__
                self.__class__ = types.ModuleType
        return getattr(self, name) if type(self) is types.ModuleType else get(name)
