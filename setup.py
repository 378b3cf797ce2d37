"""The long description: the README, with links that lead somewhere from outside the repository.

Everything else is in setup.cfg.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup

LINK = re.compile(r"(?P<before>\]\(|\b(?:href|src)=\")(?!\w+:)(?P<target>[^)\"\s]+)")
"""A link or a picture, in Markdown or HTML, to something without a scheme such as ``https:``."""


def link_absolutely(readme: str, repository: str, version: str) -> str:
    """A README whose relative links lead to the files of a release.

    Args:
        readme: Markdown.
        repository: its address on GitHub.
        version: the release, whose tag is ``v`` and this.
    """

    def absolute(link: re.Match) -> str:
        target = link["target"]
        if target.startswith("#"):  # PyPI gives headings no anchors
            target = f"README.md{target}"
        kind = "raw" if target.endswith((".png", ".svg", ".gif")) else "blob"
        return f"{link['before']}{repository}/{kind}/v{version}/{target}"

    return LINK.sub(absolute, readme)


def long_description() -> str:
    """The README of this folder, for the release that setup.cfg names."""
    config = configparser.ConfigParser()
    config.read("setup.cfg", encoding="utf-8")
    metadata = config["metadata"]
    readme = Path("README.md").read_text(encoding="utf-8")
    return link_absolutely(readme, metadata["url"], metadata["version"])


if __name__ == "__main__":
    setup(long_description=long_description(), long_description_content_type="text/markdown")
