"""What the tests share: small corpora made here, and the real ones where they are."""

import multiprocessing
import os
from pathlib import Path

import hypothesis
import numpy as np
import pandas as pd
import pytest

from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.startup import limit_threads

hypothesis.settings.register_profile("unhurried", deadline=None)  # machines may be busy
hypothesis.settings.load_profile("unhurried")

limit_threads()  # as in the workers, whose results are compared with those of this process


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Keeps the tests out of the user's cache, and lets them share one."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "cache"
    monkeypatch.setenv("CADA_CACHE", str(folder))
    return folder


@pytest.fixture(scope="module")
def pool():
    """A process for each call, since programs have flags of the same names.

    They are copies of one that has imported TensorFlow, which takes seconds.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["cada_tf.training.stack", "cada_tf.runs.runner", "matplotlib.figure"]
    )
    with context.Pool(2, maxtasksperchild=1) as pool:
        yield pool


@pytest.fixture
def corpora() -> Path:
    """The folder of real corpora; the test is skipped where there is none."""
    folder = os.environ.get("CADA_CORPORA")
    if not folder:
        pytest.skip("CADA_CORPORA does not name a folder of real corpora")
    return Path(folder)


def make_features(labels: np.ndarray, shift: float, seed: int) -> np.ndarray:
    """Features ``[n, 62]`` of two overlapping classes, moved by ``shift`` as a domain is."""
    rng = np.random.default_rng(seed)
    signal = np.linspace(-0.6, 0.6, len(FEATURE_NAMES)) * (2 * labels[:, None] - 1)
    noise = rng.normal(size=(len(labels), len(FEATURE_NAMES)))
    return (signal + noise + shift * np.sin(np.arange(len(FEATURE_NAMES)))).astype(np.float32)


def make_table(counts=(30, 20), shift=0.0, seed=0, speakers=4) -> pd.DataFrame:
    """A corpus with features: ``counts`` utterances of negative and positive."""
    labels = np.repeat([0, 1], counts)
    files = [f"{seed}_{i:03d}.wav" for i in range(len(labels))]
    table = pd.DataFrame(
        make_features(labels, shift, seed),
        columns=list(FEATURE_NAMES),
        index=pd.Index(files, name="file"),
    )
    names = np.array(["negative", "positive"])[labels]
    table.insert(0, "speaker", [f"s{i % speakers}" for i in range(len(labels))])
    table.insert(1, "emotion", names)
    table.insert(2, "class", names)
    table.attrs["name"] = f"made{seed}"
    return table


def write_tables(folder: Path, counts=(30, 20), speakers=4) -> list[str]:
    """``--source`` and ``--target`` of two small tables with features; ``counts`` of the target."""
    make_table((60, 40), seed=1).to_csv(folder / "wide.csv")
    make_table(counts, shift=0.7, seed=2, speakers=speakers).to_csv(folder / "narrow.csv")
    return [f"--source=table:{folder}/wide.csv", f"--target=table:{folder}/narrow.csv"]


def make_set(counts, shift=0.0, seed=0, speakers=4) -> LabelledSet:
    labels = np.repeat(np.arange(len(counts)), counts)
    features = make_features(labels % 2, shift, seed)
    features[:, 0] += labels
    names = np.array([f"s{i % speakers}" for i in range(len(labels))])
    return LabelledSet(f"made{seed}", features, labels, names)


@pytest.fixture
def small_problem() -> Problem:
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; runs in CI or with CADA_SLOW=1")


LONGEST = "test_scale.py", "test_installed.py", "test_readme.py"
"""Files of tests that are begun first, lest one worker is at them when the others have done all."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)
    if os.environ.get("CI") or os.environ.get("CADA_SLOW"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: runs in CI or with CADA_SLOW=1"))
