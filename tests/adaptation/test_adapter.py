"""The estimator, as scikit-learn's users use it."""

import os
import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import make_features
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import cada_tf
from cada_tf import FEATURE_NAMES, Adapter, load, make_config
from cada_tf.audio.opensmile import FEATURE_SET, VERSION
from cada_tf.config import Scaling, Sources
from cada_tf.methods import METHODS, Target

QUICK = make_config(
    max_epochs=25, patience=5, hidden=(32,), fada_epochs=5, fada_discriminator_epochs=5
)


class FromItself(Adapter):
    """Adapts from what it is given to every other example of it, so that checks see CADA train."""

    def fit(self, X, y):
        try:
            whole = len(np.unique(y[::2])) == len(np.unique(y))
            half = (X.iloc[::2] if hasattr(X, "iloc") else X[::2], y[::2]) if whole else ()
        except (
            TypeError,
            IndexError,
            KeyError,
            NotImplementedError,
        ):  # what the checks give to see it refused
            half = ()
        return super().fit(X, y, *half)


def named_otherwise(estimator):
    """The one check that does not apply: that the second argument of ``fit`` is called y."""
    if type(estimator) is Adapter:
        return {"check_fit_score_takes_y": "fit takes a source and a target: Xs, ys, Xt, yt"}
    return {}


CHECKED = [FromItself(config=QUICK)]
if os.environ.get("CADA_EXHAUSTIVE"):
    CHECKED += [Adapter(config=QUICK)]  # which trains on the source alone


@parametrize_with_checks(
    CHECKED,
    expected_failed_checks=named_otherwise,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def corpora():
    """Source, few labelled examples and the rest of a shifted target: features, classes each."""
    labels = [np.arange(n) % 2 for n in (300, 12, 200)]
    shifts = 0, 1.5, 1.5
    names = np.array(["negative", "positive"])
    return [
        (make_features(y, shift, seed), names[y])
        for seed, (y, shift) in enumerate(zip(labels, shifts, strict=True))
    ]


ALIKE = "shla", "dae", "deep-coral", "mean-teacher", "self-training", "dsne", "cada-eq2"
"""Methods that adapt by the same code as another one that is tried here."""


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(name, marks=pytest.mark.exhaustive) if name in ALIKE else name
        for name, m in METHODS.items()
        if name != "all-target" and m.network
    ],
)
def test_each_method_adapts(corpora, method):
    source, few, (x, y) = corpora
    unlabelled = {"Xu": x[::2]} if METHODS[method].unlabelled else {}
    adapter = Adapter(method, config=QUICK).fit(*source, *few, **unlabelled)
    probability = adapter.predict_proba(x)
    np.testing.assert_allclose(probability.sum(-1), 1)
    assert list(adapter.classes_) == ["negative", "positive"]
    assert set(adapter.predict(x)) <= {"negative", "positive"}
    assert adapter.score(x, y) == balanced_accuracy_score(y, adapter.predict(x))
    assert adapter.score(x, y) > 0.6
    # Without a target example nothing tells how sure to be of it.
    without = METHODS[method].target is Target.NONE
    assert (adapter.recogniser_.temperature == 1) is without


def test_it_is_worth_its_labels(corpora):
    source, *target = corpora
    # Of the target, half of the cues mean the opposite.
    opposite = [make_features((y == "negative").astype(int), 1.5, 9) for _, y in target]
    few, rest = (
        (np.hstack([x[:, :45], turned[:, 45:]]), y)
        for (x, y), turned in zip(target, opposite, strict=True)
    )
    alone = Adapter(config=QUICK).fit(*source).score(*rest)
    assert Adapter("all-source", config=QUICK).fit(*source, *few).score(*rest) == alone
    assert Adapter(config=QUICK).fit(*source, *few).score(*rest) > alone + 0.1


def test_what_it_makes_is_a_recogniser_of_gemaps(corpora, tmp_path):
    source, few, (x, _) = corpora
    adapter = Adapter(config=QUICK, sampling_rate=8000).fit(*source, *few)
    assert adapter.recogniser_.features == FEATURE_NAMES
    measured = adapter.recogniser_.feature_config
    assert (measured.feature_set, measured.version) == (FEATURE_SET.name, VERSION)
    assert measured.sampling_rate == 8000
    adapter.recogniser_.save(tmp_path / "mine")
    loaded = load(tmp_path / "mine")
    np.testing.assert_array_equal(loaded.predict_proba(x), adapter.predict_proba(x))
    np.testing.assert_array_equal(loaded.predict(x), adapter.predict(x))


def test_tables_and_their_columns(corpora):
    (xs, ys), (xt, yt), (x, _) = corpora
    columns = [f"c{i}" for i in range(62)]
    tables = [pd.DataFrame(v, columns=columns) for v in (xs, xt, x)]
    adapter = Adapter(config=QUICK).fit(tables[0], ys, tables[1], yt)
    assert list(adapter.feature_names_in_) == columns
    assert adapter.recogniser_.features == tuple(columns)
    assert adapter.recogniser_.feature_config is None  # not what openSMILE calls them
    bare = Adapter(config=QUICK).fit(xs, ys, xt, yt)
    np.testing.assert_array_equal(adapter.predict_proba(tables[2]), bare.predict_proba(x))
    with pytest.raises(ValueError, match="feature names"):
        adapter.predict(tables[2][columns[::-1]])


def test_several_sources(corpora):
    _, few, rest = corpora
    mixed = [np.repeat(["negative", "positive"], 75)] * 2
    two = [make_features(np.repeat([0, 1], 75), shift, 7) for shift in (0, 3)]
    for kind in Sources:
        adapter = Adapter(config=make_config(QUICK, sources=kind))
        adapter.fit(two, mixed, *few)
        outputs = adapter.recogniser_.weights[-1].shape[-1]
        assert outputs == (6 if kind is Sources.APART else 4)
        assert adapter.score(*rest) > 0.6


def test_the_same_state_gives_the_same_recogniser(corpora):
    source, few, (x, _) = corpora
    first, again = (Adapter(config=QUICK).fit(*source, *few).predict_proba(x) for _ in "ab")
    np.testing.assert_array_equal(first, again)
    other = Adapter(config=QUICK, random_state=1).fit(*source, *few).predict_proba(x)
    assert not np.array_equal(first, other)
    drawn = Adapter(config=QUICK, random_state=np.random.RandomState(0)).fit(*source, *few)
    assert not np.array_equal(first, drawn.predict_proba(x))
    kept = pickle.loads(pickle.dumps(clone(Adapter(config=QUICK)).fit(*source, *few)))
    np.testing.assert_array_equal(first, kept.predict_proba(x))


def test_with_scikit_learns_tools(corpora):
    (xs, ys), *_ = corpora
    assert cross_val_score(Adapter(config=QUICK), xs, ys, cv=3).mean() > 0.8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"yt": ["negative"] * 12}, "target examples of each of the classes"),
        ({"yt": ["negative", "other"] * 6}, "Received: .*other"),
        ({"Xt": np.zeros((12, 5))}, "X has 5 features, but Adapter is expecting 62"),
        ({"Xt": np.full((12, 62), np.nan)}, "NaN"),
        ({"ys": ["negative"] * 300}, "at least two classes. Received: one class"),
    ],
)
def test_what_it_refuses(corpora, change, message):
    (xs, ys), (xt, yt), _ = corpora
    with pytest.raises(ValueError, match=message):
        Adapter(config=QUICK).fit(**{"Xs": xs, "ys": ys, "Xt": xt, "yt": yt} | change)


def test_options_it_refuses(corpora):
    source, few, _ = corpora
    with pytest.raises(ValueError, match=r"Expected a method of .* Did you mean cada"):
        Adapter("cda").fit(*source, *few)
    with pytest.raises(ValueError, match=r"an inductive or a semi-supervised .*scaling='both'"):
        Adapter(config=make_config(scaling=Scaling.BOTH)).fit(*source, *few)


def test_without_folds_it_is_calibrated_by_the_source(corpora):
    source, few, (x, _) = corpora
    with_folds, without = (
        Adapter(config=QUICK, calibration_folds=folds).fit(*source, *few) for folds in (5, 0)
    )
    assert with_folds.recogniser_.temperature != without.recogniser_.temperature
    np.testing.assert_array_equal(with_folds.predict(x), without.predict(x))


def test_the_former_name_of_its_options_works_with_a_warning(corpora):
    source, few, (x, _) = corpora
    with pytest.warns(DeprecationWarning, match=r"Adapter\(readings=...\) is deprecated"):
        former = Adapter("fine-tune", readings=QUICK).fit(*source, *few)
    with pytest.warns(DeprecationWarning, match=r"cada_tf.Readings is deprecated.*make_config"):
        readings = cada_tf.Readings(patience=5, fada_epochs=5)
    assert readings == make_config(patience=5, fada_epochs=5)
    now = Adapter("fine-tune", config=QUICK).fit(*source, *few)
    np.testing.assert_array_equal(former.predict_proba(x), now.predict_proba(x))
