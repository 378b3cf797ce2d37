"""The site: Sphinx, with Markdown (MyST), executed notebooks and an executed gallery.

`make docs` builds it. Pages link to files of the repository that are not pages, as GitHub shows
them; on the site these links go to the repository.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

HERE = Path(__file__).parent
ROOT = HERE.parent
REPOSITORY = "https://github.com/cada-tf/cada-tf"

project = "cada_tf"
author = copyright = "the cada_tf contributors"
version = release = importlib.metadata.version("cada-tf")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "myst_nb",
]
exclude_patterns = ["_build", "examples", "sg_execution_times.rst", "**/.ipynb_checkpoints"]
exclude_patterns += [f"gallery/*.{suffix}" for suffix in ("ipynb", "py", "json", "zip", "md5")]

html_theme = "furo"
html_title = "cada_tf"
html_theme_options = {
    "source_repository": f"{REPOSITORY}/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autoclass_content = "class"
napoleon_use_rtype = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(^|/)(?!plot_)\w+\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": (),  # of pictures' parts; examples print what they show
    "download_all_examples": False,
    "show_signature": False,
    "remove_config_comments": True,
    "plot_gallery": True,
    "parallel": 2,
}

copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True


def copy_pages(_app: Sphinx) -> None:
    """Makes pages of the changelog and of the guide for contributors, which stand at the root."""
    for page, file in {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}.items():
        text = re.sub(r"\]\((?!\w+:|#)", "](../", (ROOT / file).read_text())
        (HERE / f"{page}.md").write_text(text.replace("](../docs/", "]("))


OUTSIDE = re.compile(r"(?<!!)(\[[^\]]*\])\(((?:\.\./)+[^)\s#]*)(#[^)\s]*)?\)")
"""A link that leaves the folder, its text, path and anchor; not a picture."""


def link_to_repository(_app: Sphinx, page: str, content: list[str]) -> None:
    """Turns links to files outside of the site into links to the repository.

    Raises:
        SphinxError: there is no such file.
    """
    folder = (HERE / page).parent

    def replace(match: re.Match) -> str:
        text, path, anchor = match.groups("")
        file = (folder / path).resolve()
        if not file.exists():
            raise SphinxError(f"{page}: expected a file for the link {path}, found none.")
        if file.is_relative_to(HERE):
            return match[0]
        return f"{text}({REPOSITORY}/blob/main/{file.relative_to(ROOT).as_posix()}{anchor})"

    content[0] = OUTSIDE.sub(replace, content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Connects the two."""
    app.connect("builder-inited", copy_pages, priority=100)
    app.connect("source-read", link_to_repository)
    return {"parallel_read_safe": True}
