"""What a release consists of agrees: metadata, papers, licences, workflow, distributions."""

import configparser
import importlib.metadata
import itertools
import re
import runpy
import subprocess
import sys
import tarfile
import zipfile

import pytest
import yaml
from helpers import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
FORMS = ".github/ISSUE_TEMPLATE/"
SCHEMAS = {
    "citation-file-format": ["CITATION.cff"],
    "github-workflows": [".github/workflows/ci.yml"],
    "github-issue-config": [f"{FORMS}config.yml"],
    "github-issue-forms": [f"{FORMS}{name}.yml" for name in ("bug", "corpus", "method")],
}
"""Schema, of those that come with check-jsonschema → its files."""
HOST = re.compile(r"https://(?:github\.com/cada-tf|cada-tf\.)[^\s)>\"'`]*")
CALLED = {
    "Apache-2.0": "Apache",
    "BSD-2-Clause": "BSD|Redistribution",
    "BSD-3-Clause": "BSD|Redistribution",
    "MIT": "MIT",
    "MPL-2.0": "MPL",
    "Python Software Foundation License": "Python Software Foundation",
    "audEERING Research License Agreement": "audEERING Research License Agreement",
}
"""Licence, as NOTICE.md names it → a pattern of what a package's metadata calls it."""


@pytest.fixture(scope="module")
def setup_cfg():
    """setup.cfg."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def listed(text):
    """The lines of a list in setup.cfg, without comments."""
    return [line for line in text.strip().splitlines() if line and not line.startswith("#")]


def requirements(config):
    """The requirements of the package and of its extras for users."""
    extras = config["options.extras_require"]
    texts = [config["options"]["install_requires"]]
    texts += [extras[name] for name in ("audb", "dask", "hub", "onnx")]
    return [Requirement(line) for text in texts for line in listed(text)]


def documents():
    """The Markdown and YAML of the repository that users and contributors read."""
    patterns = "*.md", "*.cff", "docs/**/*.md", "paper/*.md", ".github/**/*.md", ".github/**/*.yml"
    return {path: path.read_text() for pattern in patterns for path in ROOT.glob(pattern)}


def test_the_version_is_the_same_everywhere(setup_cfg):
    version = setup_cfg["metadata"]["version"]
    assert CITATION["version"] == version
    changelog = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", changelog, re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    dates = dict(headings[1:])
    assert CITATION.get("date-released") == dates.get(version)
    assert all(Version(name) <= Version(version) and date for name, date in dates.items())


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_github_are_valid(schema):
    command = [sys.executable, "-m", "check_jsonschema", f"--builtin-schema=vendor.{schema}"]
    done = subprocess.run([*command, *SCHEMAS[schema]], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout


def test_each_file_for_github_has_a_schema():
    found = {str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.yml")}
    assert found | {"CITATION.cff"} == set(itertools.chain(*SCHEMAS.values()))


def test_the_addresses_of_the_project_agree(setup_cfg):
    metadata = setup_cfg["metadata"]
    urls = dict(line.split(" = ") for line in listed(metadata["project_urls"]))
    assert metadata["url"] == urls["Source"] == CITATION["repository-code"]
    assert CITATION["url"] == urls["Documentation"]
    named = {url for text in documents().values() for url in HOST.findall(text)}
    assert named
    assert all(url.startswith((urls["Source"], urls["Documentation"])) for url in named)


def test_continuous_integration_does_what_ci_run_does():
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    commands = {
        name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()
    }
    own = re.findall(r"^make .*$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert commands["test"] == own
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for command in itertools.chain(*commands.values()):
        program, target, *_ = command.split()
        assert program == "make"
        assert target in targets


def test_the_tests_of_the_wheel_exist():
    script = (ROOT / ".ci" / "test-installed").read_text()
    named = re.findall(r"^  (tests/\S+)", script, re.MULTILINE)
    assert len(named) > 5
    assert all((ROOT / path).exists() for path in named)


def test_continuous_integration_has_the_first_and_the_last_python(setup_cfg):
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    known = re.findall(r":: (3\.\d+)$", setup_cfg["metadata"]["classifiers"], re.MULTILINE)
    for name in ("test", "installed"):
        assert jobs[name]["strategy"]["matrix"]["python"] == [known[0], known[-1]]


def test_extras_that_are_named_exist(setup_cfg):
    sources = {path: path.read_text() for path in (ROOT / "cada_tf").rglob("*.py")}
    texts = [*documents().values(), *sources.values()]
    named = {name for text in texts for name in re.findall(r"cada-tf\[(.*?)\]", text)}
    assert {"audb", "dask", "hub", "onnx"} <= named
    assert named <= set(setup_cfg["options.extras_require"])


def test_each_dependency_has_a_lower_bound_and_the_licence_that_the_notice_says(setup_cfg):
    rows = re.findall(
        r"^\| ([a-z].*?) \| (.*?)(?:, see above)? \|$",
        (ROOT / "NOTICE.md").read_text(),
        re.MULTILINE,
    )
    licences = {name: licence for names, licence in rows for name in names.split(", ")}
    for requirement in requirements(setup_cfg):
        name = requirement.name
        assert ">=" in str(requirement.specifier), name
        for licence in re.split(" and | or ", licences[name]):
            assert re.search(CALLED[licence], stated_licence(name)), name


def stated_licence(name):
    """What the metadata of an installed package says of its licence."""
    metadata = importlib.metadata.metadata(name)
    classifiers = [c for c in metadata.get_all("Classifier", []) if c.startswith("License")]
    fields = (metadata.get(field, "") for field in ("License-Expression", "License"))
    return "\n".join([*fields, *classifiers])


def test_the_links_of_the_long_description_are_absolute():
    namespace = runpy.run_path(str(ROOT / "setup.py"))
    linked = namespace["link_absolutely"](
        '[a](docs/a.md#b) ![c](d/e.png) [f](#g) <img src="h.svg"> [i](https://j.k/l) <a href="m/">',
        repository="https://x.y/z",
        version="1.2",
    )
    assert linked == (
        "[a](https://x.y/z/blob/v1.2/docs/a.md#b) ![c](https://x.y/z/raw/v1.2/d/e.png) "
        '[f](https://x.y/z/blob/v1.2/README.md#g) <img src="https://x.y/z/raw/v1.2/h.svg"> '
        '[i](https://j.k/l) <a href="https://x.y/z/blob/v1.2/m/">'
    )


def test_the_long_description_is_the_readme_whose_links_lead_to_files(setup_cfg, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = runpy.run_path("setup.py")["long_description"]()
    targets = re.findall(r"\]\((.*?)\)|(?:src|href)=\"(.*?)\"", text)
    targets = [first or second for first, second in targets]
    assert all(target.startswith("https://") for target in targets)
    metadata = setup_cfg["metadata"]
    own = rf"{metadata['url']}/(?:blob|raw)/v{metadata['version']}/([^#]*)"
    paths = [re.fullmatch(own + "(?:#.*)?", target) for target in targets]
    assert len([path for path in paths if path]) > 2
    assert all((ROOT / path[1]).exists() for path in paths if path)


def test_the_paper_quotes_the_study_and_its_references():
    paper = (ROOT / "paper" / "paper.md").read_text()
    tables = (ROOT / "results" / "study" / "cada.md").read_text()
    leads = re.findall(r"[+−]\d+\.\d \[.*?\]", paper)
    assert len(leads) > 5
    assert all(f"| {lead} " in tables for lead in leads)
    entries = re.findall(r"^@\w+\{(.*),$", (ROOT / "paper" / "paper.bib").read_text(), re.MULTILINE)
    assert sorted(entries) == sorted(set(re.findall(r"\[@(\w+)\]", paper)))


@pytest.mark.exhaustive
def test_dist_is_built_and_has_what_runs_the_tests(tmp_path, setup_cfg):
    """``make dist``, which needs a package index."""
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "clone"], check=True)
    done = subprocess.run(["make", "dist"], cwd=tmp_path / "clone", text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    name = f"cada_tf-{setup_cfg['metadata']['version']}"
    with tarfile.open(tmp_path / "clone" / "dist" / f"{name}.tar.gz") as archive:
        names = {path.removeprefix(f"{name}/") for path in archive.getnames()}
    assert {"tests/helpers.py", "experiments/run.py", "figures/tables.py", "NOTICE.md"} <= names
    assert not [path for path in names if path.startswith("results/") or path.endswith(".png")]
    with zipfile.ZipFile(tmp_path / "clone" / "dist" / f"{name}-py3-none-any.whl") as wheel:
        parts = {path.split("/")[0] for path in wheel.namelist()}
    assert parts == {"cada_tf", f"{name}.dist-info"}
