"""Fixtures of all tests; plain functions are in helpers.py."""

import multiprocessing
import os
import shutil
from pathlib import Path

import hypothesis
import pytest
from helpers import called, make_set, write_tables

from cada_tf.protocol.problem import Problem
from cada_tf.startup import limit_threads

EXAMPLES = 100 if os.environ.get("CADA_EXHAUSTIVE") else 40
hypothesis.settings.register_profile("unhurried", deadline=None, max_examples=EXAMPLES)
hypothesis.settings.load_profile("unhurried")  # machines may be busy, so without a deadline

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Keeps the tests out of the user's cache, and lets them share one, in CI with the site."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = Path(os.environ.get("CADA_TEST_CACHE") or base / "cache")
    monkeypatch.setenv("CADA_CACHE", str(folder))
    return folder


@pytest.fixture(scope="module")
def pool():
    """A process for each call, since programs have flags of the same names.

    They are copies of one that has imported TensorFlow, which takes seconds, and what else they
    share. In Python 3.11 it does not have the path of this process, only the environment.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["cada_tf.training.stack", "cada_tf.runs.runner", "matplotlib.figure", "helpers"]
    )
    path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path))
        pool = context.Pool(2, maxtasksperchild=1)
    with pool:
        yield pool


@pytest.fixture
def forked(pool):
    """As ``helpers.finished``, without the seconds in which a new Python imports what is slow."""

    def run(program, *arguments):
        words = [program, *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words,)).get(timeout=300)
        return status or 0, out, err

    return run


@pytest.fixture
def corpora() -> Path:
    """The folder of real corpora; the test is skipped where there is none."""
    folder = os.environ.get("CADA_CORPORA")
    if not folder:
        pytest.skip("CADA_CORPORA does not name a folder of real corpora")
    return Path(folder)


@pytest.fixture
def tables(tmp_path) -> list[str]:
    """``--source`` and ``--target`` of two small tables with features."""
    return write_tables(tmp_path)


@pytest.fixture
def small_problem() -> Problem:
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


@pytest.fixture
def browser(tmp_path):
    """Headless Chromium."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium and ChromeDriver (Debian: chromium, chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"):
        options.add_argument(f"--{switch}")
    for switch in ("disable-background-networking", "disable-component-update", "disable-sync"):
        options.add_argument(f"--{switch}")
    options.add_argument(f"--user-data-dir={tmp_path}/profile")
    options.add_argument("--window-size=1600,1400")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def pytest_configure(config):
    for mark, target in TIERS.items():
        config.addinivalue_line("markers", f"{mark}: runs with CADA_{mark.upper()}=1, {target}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    """Limits threads as in the workers of programs, whose results are compared with those here.

    The process that but hands tests out to pytest-xdist's workers needs no TensorFlow; and earlier,
    coverage would not see the modules that TensorFlow's start imports.
    """
    if not session.config.getoption("numprocesses", default=None):
        limit_threads()


TIERS = {"slow": "as in CI", "exhaustive": "as before a release"}
"""Marks of tests that are skipped unless they are asked for, and where they are."""

LONGEST = (
    *("test_installed.py", "test_readme.py", "test_scale.py", "test_programs.py"),
    *("test_benchmark.py", "test_runner.py", "test_adapter.py", "test_startup.py"),
)
"""Files of tests that are started first, so that no worker is left alone with them at the end."""


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
    for mark, target in TIERS.items():
        variable = f"CADA_{mark.upper()}"
        skip = pytest.mark.skip(reason=f"{mark}: runs with {variable}=1, {target}")
        for item in items if not os.environ.get(variable) else ():
            if mark in item.keywords:
                item.add_marker(skip)
