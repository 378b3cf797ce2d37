"""Flags whose value is the path of a file or a folder."""

import os

from absl import flags


class PathParser(flags.ArgumentParser):
    """A path, with the home folder for ``~``, which shells leave as it is after ``=``."""

    syntactic_help = "a path"

    def parse(self, argument: str) -> str:
        path = os.path.expanduser(argument)
        if not path.strip() or "\0" in path:
            raise ValueError("expected a path")
        if path.startswith("~"):
            raise ValueError("expected a path, found no such user; write ./~NAME for a file")
        return path


def define_path(name: str, help: str, *, required: bool = False) -> None:
    """A flag that is a path, None if it is not given."""
    flags.DEFINE(PathParser(), name, None, help, required=required)
