"""Model selection by scikit-learn's tools over the target's rows, the source in each training."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    LeaveOneGroupOut,
    PredefinedSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cada_tf import Adapter, InputError, TargetFolds, make_config
from cada_tf.config import Sources

QUICK = make_config(max_epochs=20, hidden=(16,), learning_rate=0.01)
SOURCE, TARGET = 60, 24
METHODS = ["all-source", "label-target"]


def adapter(method="all-source"):
    return Adapter(method, config=QUICK, calibration_folds=0)


@pytest.fixture(scope="module")
def rows():
    """Shuffled rows of two sources and of a target where each cue means the opposite."""
    rng = np.random.default_rng(0)
    domain = rng.permutation(np.repeat([1, 2, -1], [SOURCE, SOURCE, TARGET]))
    y = np.empty(len(domain), "<U8")
    for number in (1, 2, -1):
        count = (domain == number).sum()
        y[domain == number] = np.array(["negative", "positive"])[np.arange(count) % 2]
    cues = 1.5 * np.where(y == "positive", 1, -1) * np.sign(domain)
    X = rng.normal(size=(len(domain), 8)) + cues[:, None]
    return X, y, domain


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def assert_target_is_split(folds, domain):
    """Sources in each training set, and each row of the target tested once."""
    for train, test in folds:
        assert set(np.flatnonzero(domain > 0)) <= set(train)
        assert set(test) == set(np.flatnonzero(domain < 0)) - set(train)
    tested = np.concatenate([test for _, test in folds])
    np.testing.assert_array_equal(np.sort(tested), np.flatnonzero(domain < 0))


def test_the_target_alone_is_split(rows):
    X, y, domain = rows
    folds = list(TargetFolds(4).split(X, y, sample_domain=domain))
    assert len(folds) == TargetFolds(4).get_n_splits(X, y, sample_domain=domain) == 4
    assert_target_is_split(folds, domain)
    for _, test in folds:
        assert list(np.unique(y[test], return_counts=True)[1]) == [3, 3]
    # As scikit-learn splits the target by itself, whatever number it has.
    alone = StratifiedKFold(4).split(X[domain < 0], y[domain < 0])
    for (_, test), (_, own) in zip(folds, alone, strict=True):
        np.testing.assert_array_equal(test, np.flatnonzero(domain < 0)[own])
    renumbered = TargetFolds(4, sample_domain=np.where(domain < 0, -domain - 7, domain))
    for fold, other in zip(folds, renumbered.split(pd.DataFrame(X), list(y)), strict=True):
        np.testing.assert_array_equal(np.concatenate(fold), np.concatenate(other))


@pytest.mark.parametrize(
    ("inner", "count"), [(StratifiedGroupKFold(3), 3), (LeaveOneGroupOut(), 4)]
)
@pytest.mark.usefixtures("routing")
def test_speakers_of_the_target_are_kept_apart(rows, inner, count):
    X, y, domain = rows
    speakers = np.zeros(len(y), int)
    speakers[domain < 0] = np.arange(TARGET) // 2 % 4
    params = {"sample_domain": domain, "groups": speakers}
    cv = TargetFolds(inner)
    folds = list(cv.split(X, y, **params))
    assert len(folds) == cv.get_n_splits(X, y, **params) == count
    assert_target_is_split(folds, domain)
    for train, test in folds:
        assert not set(speakers[test]) & set(speakers[train][domain[train] < 0])
    scores = cross_val_score(adapter(), X, y, cv=cv, params=params)
    assert len(scores) == count
    assert np.isfinite(scores).all()


@pytest.mark.usefixtures("routing")
def test_a_search_picks_by_the_targets_folds(rows):
    """On the source's rows, all-source is better; on the target's, it is wrong throughout."""
    X, y, domain = rows
    search = GridSearchCV(adapter(), {"method": METHODS}, cv=TargetFolds(3))
    search.fit(X, y, sample_domain=domain)
    assert search.best_params_ == {"method": "label-target"}
    wrong, right = search.cv_results_["mean_test_score"]
    assert wrong < 0.2
    assert right > 0.8
    # What is refitted has seen source and target.
    assert search.best_estimator_.score(X[domain < 0], y[domain < 0]) > 0.8

    fold = np.where(domain < 0, -1, np.arange(len(y)) % 3)
    sources = GridSearchCV(
        adapter(), {"method": METHODS}, cv=PredefinedSplit(fold), scoring="balanced_accuracy"
    )
    sources.fit(X, y, sample_domain=domain)
    assert sources.best_params_ == {"method": "all-source"}


def test_without_routing_it_works_the_same(rows):
    X, y, domain = rows
    cv = TargetFolds(3, sample_domain=domain)
    params = {"sample_domain": domain}
    plain = cross_val_score(adapter("label-target"), X, y, cv=cv, params=params)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = cross_val_score(adapter("label-target"), X, y, cv=TargetFolds(3), params=params)
    np.testing.assert_array_equal(plain, routed)
    search = GridSearchCV(adapter(), {"method": METHODS}, cv=cv).fit(X, y, **params)
    assert search.best_params_ == {"method": "label-target"}


@pytest.mark.usefixtures("routing")
def test_scores_count_the_target_alone(rows):
    """Also where a splitter that knows no domains puts rows of the source into a test."""
    X, y, domain = rows
    found = cross_validate(
        adapter(),
        X,
        y,
        cv=StratifiedKFold(3),
        params={"sample_domain": domain},
        return_estimator=True,
        return_indices=True,
    )
    tests = found["indices"]["test"]
    for fitted, test, score in zip(found["estimator"], tests, found["test_score"], strict=True):
        own = test[domain[test] < 0]
        assert 0 < len(own) < len(test)
        assert score == fitted.score(X[own], y[own]) < fitted.score(X[test], y[test])


@pytest.mark.usefixtures("routing")
def test_it_works_in_a_pipeline(rows):
    X, y, domain = rows
    pipeline = make_pipeline(StandardScaler(), adapter("label-target"))
    params = {"sample_domain": domain}
    assert cross_val_score(pipeline, X, y, cv=TargetFolds(3), params=params).mean() > 0.8


@pytest.mark.parametrize("kind", Sources)
def test_rows_of_all_domains_are_what_sources_and_target_are(rows, kind):
    X, y, domain = rows
    several = Adapter(config=make_config(QUICK, sources=kind), calibration_folds=0)
    sources = [(X[domain == number], y[domain == number]) for number in (1, 2)]
    Xt, yt = X[domain < 0], y[domain < 0]
    apart = clone(several).fit(*map(list, zip(*sources, strict=True)), Xt, yt)
    order = np.argsort(np.where(domain < 0, 3, domain), kind="stable")  # as the lists are
    together = clone(several).fit(X[order], y[order], sample_domain=pd.Series(domain[order]))
    np.testing.assert_array_equal(together.predict_proba(X), apart.predict_proba(X))


def test_rows_of_a_table(rows):
    X, y, domain = rows
    table = pd.DataFrame(X, columns=list("abcdefgh"))
    named = adapter("pooled").fit(table, pd.Series(y), sample_domain=domain)
    assert named.recogniser_.features == tuple("abcdefgh")
    bare = adapter("pooled").fit(X, y, sample_domain=domain)
    np.testing.assert_array_equal(named.predict_proba(table), bare.predict_proba(X))


@pytest.mark.usefixtures("routing")
def test_options_of_training_are_parameters(rows):
    X, y, domain = rows
    start = adapter("label-target")
    assert start.get_params()["config__hidden"] == (16,)
    assert "config__hidden" not in start.get_params(deep=False)
    search = GridSearchCV(
        start,
        {"config__max_epochs": [1, 40], "config__fine_tune_steps": [3]},
        cv=TargetFolds(2),
        refit=False,
    )
    search.fit(X, y, sample_domain=domain)
    assert search.best_params_["config__max_epochs"] == 40
    assert start.config == QUICK
    changed = clone(start).set_params(method="cada", config__max_epochs=2)
    assert changed.config == make_config(QUICK, max_epochs=2)
    assert (changed.method, Adapter().set_params(config__patience=3).config.patience) == ("cada", 3)
    with pytest.raises(TypeError, match=r"Unknown option 'epochs'"):
        start.set_params(config__epochs=3)


def test_what_is_unfitted_can_be_pickled(rows):
    X, y, domain = rows
    for made in (adapter("pooled"), clone(adapter("pooled"))):
        copy = pickle.loads(pickle.dumps(made))
        assert copy.get_params() == made.get_params()
    folds = pickle.loads(pickle.dumps(TargetFolds(3, sample_domain=domain)))
    assert_target_is_split(list(folds.split(X, y)), domain)
    assert repr(TargetFolds(3)) == "TargetFolds(cv=3, sample_domain=None)"


WHOLE_NUMBERS = "`sample_domain`: expected one whole number for each row, found {}. Give rows of"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (np.abs, WHOLE_NUMBERS.format("144 rows, none of the target")),
        (lambda d: np.where(d < 0, 0, d), WHOLE_NUMBERS.format("0")),
        (lambda d: d / 1, WHOLE_NUMBERS.format("values of float64 in the shape \\(144,\\)")),
        (lambda d: d < 0, WHOLE_NUMBERS.format("values of bool in the shape \\(144,\\)")),
        (lambda d: d[:, None], WHOLE_NUMBERS.format("values of int64 in the shape \\(144, 1\\)")),
        (lambda _: "target", WHOLE_NUMBERS.format("values of <U6 in the shape \\(\\)")),
        (lambda d: d[1:], "inconsistent numbers of samples"),
    ],
)
def test_domains_that_are_refused(rows, change, message):
    X, y, domain = rows
    wrong = change(domain)
    with pytest.raises(ValueError, match=message):
        adapter().fit(X, y, sample_domain=wrong)
    with pytest.raises(ValueError, match=message):
        next(TargetFolds(3).split(X, y, sample_domain=wrong))
    fitted = adapter().fit(X, y, sample_domain=domain)
    with pytest.raises(ValueError, match=message):
        fitted.score(X, y, sample_domain=wrong)


def test_what_else_is_refused(rows):
    X, y, domain = rows
    with pytest.raises(InputError, match="expected rows of a source, found 144 rows, all of the"):
        adapter().fit(X, y, sample_domain=-np.abs(domain))
    with pytest.raises(InputError, match="expected either it or Xt and yt, found both"):
        adapter().fit(X, y, X, y, sample_domain=domain)
    with pytest.raises(InputError, match="expected one, found none"):
        next(TargetFolds(3).split(X, y))
    numbers = np.where(domain < 0, -1, np.arange(len(y)) % 2)  # skada's mask
    with pytest.raises(ValueError, match=r"Received: \[-1\]. Leave out rows without a label"):
        adapter().fit(X, numbers, sample_domain=domain)
