"""TensorFlow starts only for what needs it, configured and without messages."""

import io
import logging
import os
import subprocess
import sys

import pandas as pd
import pytest
from helpers import PROGRAMS, ROOT

from cada_tf import startup

RESULTS = ROOT / "results" / "nemo-emodb" / "results.csv"
SLOW_MODULES = ("tensorflow", "keras")
SLOW_TO_START = (
    *SLOW_MODULES,
    "huggingface_hub",
    "matplotlib",
    "opensmile",
    "pandas",
    "scipy",
    "sklearn",
)

RUN_MODULE = """
import runpy, sys
sys.argv = {arguments}
try:
    runpy.run_module({arguments}[0], run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert not end.code, end.code
"""

REPORT = """
import sys
from cada_tf.lazy import LazyModule
found = [name for name in {slow} if type(sys.modules.get(name)) not in (type(None), LazyModule)]
print(*found, file=sys.stderr)
"""


def python(code, **environment):
    """Output and errors of a fresh Python with nothing of TensorFlow in its environment."""
    inherited = {k: v for k, v in os.environ.items() if k not in startup.ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        text=True,
        capture_output=True,
        env=inherited | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def started(code, slow=SLOW_MODULES):
    """Which of the slow modules a fresh Python has executed after ``code``."""
    return set(python(code + REPORT.format(slow=slow))[1].split())


def program(*arguments):
    return RUN_MODULE.format(arguments=list(arguments))


@pytest.mark.parametrize(
    "code",
    [
        "import cada_tf",
        "import cada_tf; cada_tf.Recogniser, cada_tf.load, cada_tf.load_corpus",
        "import cada_tf.methods, cada_tf.evaluation, cada_tf.protocol, cada_tf.models.forward",
        program("figures.tables", "--help"),
        program("cada_tf.apps.predict", "--help"),
    ],
    ids=["package", "names", "packages", "tables", "predict"],
)
def test_what_needs_no_network_starts_no_tensorflow(code):
    assert started(code, (*SLOW_MODULES, "huggingface_hub")) == set()


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_executes_nothing_that_takes_seconds(name):
    assert started(program(name, "--help"), SLOW_TO_START) == set()


def test_a_table_of_committed_results_starts_no_tensorflow(tmp_path):
    table = tmp_path / "table.csv"
    options = [f"--results={RESULTS}", "--format=csv", f"--output={table}"]
    assert started(program("figures.tables", *options)) == set()
    assert {"all-source", "cada"} <= set(pd.read_csv(table)["method"])


FIT = """
import numpy as np, cada_tf
y = np.arange(12) % 2
x = y[:, None] + np.arange(36).reshape(12, 3) / 36
config = cada_tf.make_config(max_epochs=1, hidden=(2,))
cada_tf.Adapter("pooled", config=config, calibration_folds=0).fit(x, y, x, y)
print("fitted")
"""


SEARCH = """
import numpy as np, sklearn, cada_tf
from sklearn.model_selection import GridSearchCV
y = np.arange(16) % 2
x = y[:, None] + np.arange(48).reshape(16, 3) / 48
config = cada_tf.make_config(max_epochs=1, hidden=(2,))
with sklearn.config_context(enable_metadata_routing=True):
    search = GridSearchCV(
        cada_tf.Adapter(config=config, calibration_folds=0),
        {"method": ["all-source", "pooled"]},
        cv=cada_tf.TargetFolds(2),
        n_jobs=2,
    )
    best = search.fit(x, y, sample_domain=np.repeat([1, -1], 8)).best_estimator_
best.predict(x), best.recogniser_.to_keras()
print("fitted")
"""


@pytest.mark.parametrize(
    "code",
    [
        FIT,
        pytest.param(SEARCH, marks=pytest.mark.exhaustive),
        "import cada_tf; cada_tf.CADA; print('fitted')",
    ],
    ids=["fit", "search", "name"],
)
def test_the_library_starts_tensorflow_without_messages(code):
    assert python(code) == ("fitted\n", "")


@pytest.mark.parametrize(
    "name", ["experiments.benchmark", "experiments.run", "figures.tensorboard"]
)
def test_programs_start_tensorflow_without_messages(name):
    assert python(program(name, "--help"))[1] == ""


def test_its_messages_can_be_had():
    _, err = python("import cada_tf; cada_tf.MLP", TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN" in err


def test_a_users_own_environment_prevails():
    code = "import os; from cada_tf.startup import configure; configure(); print({})"
    shown = 'os.environ["TF_ENABLE_ONEDNN_OPTS"], os.environ["TF_CPP_MIN_LOG_LEVEL"]'
    own = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "2"}
    assert python(code.format(shown), **own)[0] == "0 2\n"
    assert python(code.format(shown))[0] == "1 3\n"


def test_keras_knows_our_models_whichever_is_imported_first():
    code = "import {}\nfrom keras.saving import get_registered_object as get\nprint(bool({}))"
    for imports in ("cada_tf, keras", "tensorflow, cada_tf"):
        found = python(code.format(imports, "get('cada_tf>FADA') and get('cada_tf>CADA')"))
        assert found[0] == "True\n"


def threads(begun):
    """What is logged and how many threads there are, limited after an operation if ``begun``."""
    import tensorflow as tf

    out = io.StringIO()
    logging.basicConfig(stream=out, format="%(message)s", force=True)
    if begun:
        tf.zeros(1) + 1
    startup.limit_threads()
    startup.limit_threads()
    print(tf.config.threading.get_intra_op_parallelism_threads(), file=out)
    return out.getvalue()


def test_threads_are_limited_before_the_first_operation(pool):
    limited, late = pool.map(threads, [False, True], chunksize=1)
    assert limited == "1\n"
    assert late.startswith("TensorFlow has started with several threads in this process")


def test_the_library_refuses_settings_of_keras_that_it_cannot_work_with():
    code = """
import keras
keras.config.set_floatx("float64")
from cada_tf import models
try:
    models.MLP
except ValueError as error:
    print(type(error).__name__, error)
"""
    out, _ = python(code)
    assert out.startswith(
        "InputError expected Keras on TensorFlow with float32, found tensorflow, float64. Set"
    )
    out, _ = python(
        code.replace("import keras", "").replace("keras.config", "#"), KERAS_BACKEND="jx"
    )
    assert out.startswith("InputError expected Keras on TensorFlow with float32, found ")
