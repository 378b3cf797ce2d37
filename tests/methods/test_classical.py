"""Methods that train a classifier of scikit-learn: weights, answers, and what needs networks."""

import numpy as np
import pandas as pd
import pytest
from helpers import QUICK as FLAGS
from helpers import main, make_set, write_tables
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from cada_tf.adaptation.adapt import adapt
from cada_tf.adaptation.adapter import Adapter
from cada_tf.config import ClassBalance, Scaling
from cada_tf.errors import InputError
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import METHODS, Method, Target, fingerprint, make_cells, make_config, register
from cada_tf.methods.classical import Classical
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.protocol.scaling import scale_to
from cada_tf.runs.archive import Archive
from cada_tf.runs.plan import most_updates
from cada_tf.runs.results import read_results
from cada_tf.training.cells import train_cells
from cada_tf.training.classifiers import scores
from cada_tf.training.replica_data import make_replica_data
from experiments.benchmark import grids
from figures import networks, summaries

CLASSICAL = [name for name, method in METHODS.items() if isinstance(method, Classical)]
CONFIG = make_config()


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def weights_of(problem, method, **options):
    cell = Cell(method, 6 if METHODS[method].target is Target.EXAMPLES else None)
    config, split = make_config(**options), [problem.split(0, 0)]
    return make_replica_data(cell, problem, config, split)[0]


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_domain_has_its_share_and_a_class_of_it_an_equal_one(problem, share):
    data = weights_of(problem, "logistic-pooled", logistic_share=share)
    assert data.weights.mean() == pytest.approx(1)
    shares = np.bincount(data.categories, data.weights) / data.weights.sum()
    np.testing.assert_allclose(shares, np.repeat([1 - share, share], 2) / 2, rtol=1e-5)
    none = weights_of(problem, "logistic-pooled", class_balance=ClassBalance.NONE)
    assert len(set(none.weights[:200])) == len(set(none.weights[200:])) == 1
    np.testing.assert_array_equal(
        weights_of(problem, "svm-source", class_balance=ClassBalance.NONE).weights, np.ones(200)
    )


def test_pooled_logistic_regression_by_hand(problem):
    split = problem.split(0, 1)
    cell = Cell("logistic-pooled", 6)
    ((_, (fitted,)),) = train_cells(problem, CONFIG, [split], [cell])
    rows = problem.examples(split, 3)
    xs, xt = scale_to(problem.source.features, problem.source.features, problem.target.features)
    x = np.concatenate([xs, xt[rows]])
    y = np.concatenate([problem.source.labels, problem.target.labels[rows]])
    # 206 examples: half of the weight to each domain, half of that to each class.
    weights = np.concatenate([206 / 4 / np.array([120, 80])[y[:200]], np.full(6, 206 / 4 / 3)])
    expected = LogisticRegression(max_iter=10_000).fit(x, y, weights)
    np.testing.assert_allclose(
        fitted.test_logits, expected.predict_log_proba(xt[split.test]), atol=2e-3
    )
    np.testing.assert_array_equal(fitted.y_pred, expected.predict(xt[split.test]))
    assert (fitted.weights, fitted.epoch, fitted.history) == ([], 0, {})


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("classifier", [SVC(), LogisticRegression()])
def test_scores_decide_as_the_classifier_does(classifier, classes):
    rng = np.random.default_rng(classes)
    y = np.arange(60) % classes
    x = rng.normal(size=(60, 4)) + y[:, None]
    found = scores(classifier.fit(x, y), x)
    assert found.shape == (60, classes)
    assert np.mean(found.argmax(-1) == classifier.predict(x)) > 0.95  # SVC's votes may be tied


@pytest.mark.parametrize("scaling", [Scaling.SOURCE, Scaling.SPEAKER_ENROLLED])
def test_each_is_trained_and_learns(problem, scaling):
    config = make_config(scaling=scaling)
    splits = [problem.split(0, fold) for fold in range(2)]
    for cell, fitted in train_cells(
        problem, config, splits, make_cells(CLASSICAL, [24], 2, config)
    ):
        ua = [
            unweighted_accuracy(problem.target.labels[split.test], one.y_pred, 2)
            for split, one in zip(splits, fitted, strict=True)
        ]
        assert np.mean(ua) > 0.6, cell
        for split, one in zip(splits, fitted, strict=True):
            assert one.test_logits.shape == (len(split.test), 2)
            assert np.isfinite(one.test_logits).all()


def test_planning_counts_a_classifiers_work(problem):
    assert most_updates([Cell("svm-source", None)], problem, CONFIG) == 200
    assert most_updates([Cell("svm-pooled", 6)], problem, CONFIG) == 206


def test_one_of_ones_own_is_a_method(monkeypatch):
    monkeypatch.setattr("cada_tf.methods.registry.METHODS", dict(METHODS))
    with pytest.raises(InputError, match="expected a network, or a classifier in its place"):
        register(type("Made", (Method,), {"name": "made", "source": True, "network": None}))
    assert len({fingerprint(name) for name in CLASSICAL}) == len(CLASSICAL)


@pytest.mark.parametrize("method", ["svm-pooled"])
def test_no_recogniser_is_made_of_it(problem, method):
    with pytest.raises(InputError, match=f"`method`: expected a method that .* found {method}"):
        adapt(problem, CONFIG, method)
    x, y = problem.source.features, problem.source.labels
    with pytest.raises(ValueError, match="which a recogniser holds"):
        Adapter(method).fit(x, y, x[::9] + 1, y[::9])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of networks and classifiers, with TensorBoard."""
    folder = tmp_path_factory.mktemp("classical")
    methods = "--methods=all-source,logistic-source,svm-pooled"
    main(*write_tables(folder), *FLAGS, methods, f"--output_dir={folder}/out")
    return folder / "out"


def test_a_run_has_its_rows_and_records(run):
    table = read_results(run / "results.csv")
    assert dict(table["method"].value_counts()) == {
        "all-source": 4,
        "logistic-source": 4,
        "svm-pooled": 8,
    }
    assert set(table["epochs"][table["method"] != "all-source"]) == {0}
    record = Archive(run).load(Cell("svm-pooled", 4))
    assert record.done.all()
    assert (record.weights, record.history) == ([], {})
    assert np.isfinite(record.logits).all()
    assert summaries.curves(record, "svm-pooled") == []
    assert list((run / "tensorboard" / "svm-pooled-4").glob("events.out.tfevents.*"))


def test_pictures_of_networks_leave_it_out(run, monkeypatch):
    table = pd.read_csv(run / "results.csv")
    archive = Archive(run)
    assert list(networks.networks_of(archive, Cell("all-source", None))) == [0, 1]
    with pytest.raises(InputError, match="--methods: expected methods that train networks"):
        networks.networks_of(archive, Cell("svm-pooled", 4))
    monkeypatch.setattr(networks.command, "given_run", lambda: (table, None))
    monkeypatch.setattr(networks.command, "run_folder", lambda: run)
    for kept in (["all-source"], []):
        cells = [Cell(name, None) for name in [*kept, "logistic-source"]]

        def given(_, by_default, cells=cells):
            return [cell for cell in cells if by_default(cell.method)]

        monkeypatch.setattr(networks, "given_cells", given)
        if kept:
            assert networks.given_run()[1] == cells[:1]
    with pytest.raises(InputError, match="--results: expected a run of methods that train"):
        networks.given_run()


def test_the_benchmark_counts_no_steps_of_it(run):
    case = grids.Grid(60, systems=("all-source", "logistic-source"), examples=(2, 4))
    found = grids.by_system(case, run, {"all-source": 100.0})
    assert found["all-source"]["steps"] > 0
    assert found["logistic-source"] | {"ms": 0} == {
        **{"networks": 4, "ms": 0, "steps": 0.0, "plain_ms": 0.0}
    }
