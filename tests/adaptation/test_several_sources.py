"""Several sources: a domain each or one, with a scale each."""

import dataclasses

import keras
import numpy as np
import pytest
from helpers import QUICK, main, make_set, make_table
from hypothesis import given
from hypothesis import strategies as st

from cada_tf import CADA, InputError
from cada_tf.config import Batches, ClassBalance, Config, Sources
from cada_tf.corpora.several import join_corpora
from cada_tf.methods import METHODS, make_config
from cada_tf.methods.grid import bases_of
from cada_tf.protocol.batches import BatchStream, batch_groups
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import decode, relabel, swap
from cada_tf.protocol.problem import LabelledSet, Problem, labelled_set
from cada_tf.protocol.scaling import scale_to
from cada_tf.runs.results import read_results
from cada_tf.training.cells import train
from cada_tf.training.replica_data import make_replica_data


@given(classes=st.integers(2, 6), sources=st.integers(1, 5), data=st.data())
def test_each_source_passes_for_the_target_and_the_target_for_one_of_them(classes, sources, data):
    label = data.draw(st.integers(0, classes - 1))
    source = data.draw(st.integers(0, sources - 1))
    other = data.draw(st.integers(0, sources - 1))
    target = relabel(label, sources, classes)
    of = {"sources": sources, "source": source}
    assert swap(relabel(label, other, classes), classes, **of) == target
    assert swap(target, classes, **of) == relabel(label, source, classes)
    assert decode(swap(target, classes, **of), classes) == label


@given(classes=st.integers(2, 6), data=st.data())
def test_with_one_source_it_is_the_swap_of_the_paper(classes, data):
    category = data.draw(st.integers(0, 2 * classes - 1))
    assert swap(category, classes) == (category + classes) % (2 * classes)


def softmax(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@pytest.mark.parametrize("sources", [1, 2, 3])
def test_eq_3_is_the_mean_over_the_sources_and_so_is_its_gradient(sources):
    """One step of gradient descent on Eq. (3), against gradients derived by hand."""
    rng = np.random.default_rng(sources)
    classes, n = 2, 30
    x = rng.normal(size=(n, 5)).astype(np.float32)
    d = rng.integers(0, (sources + 1) * classes, n)
    model = CADA(classes, hidden=(7,), sources=sources, seed=0)
    model.build((None, 5))
    # Eq. (2) stands still, so that what moves the encoder is Eq. (3) alone.
    model.compile(keras.optimizers.SGD(0.0), adversarial_optimizer=keras.optimizers.SGD(1.0))
    ((w, b, v, c),) = model.get_classifiers()
    hidden = np.maximum(x @ w + b, 0)
    logits = hidden @ v + c
    wanted = np.zeros_like(logits)
    for source in range(sources):
        swapped = swap(d, classes, sources=sources, source=source)
        wanted[np.arange(n), swapped] += 1 / sources
    logs = model.train_on_batch(x, d, return_dict=True)
    expected = -(wanted * np.log(softmax(logits))).sum(-1).mean()
    assert logs["adversarial_loss"] == pytest.approx(expected, rel=1e-5)
    back = ((softmax(logits) - wanted) / n) @ v.T * (hidden > 0)
    ((new_w, new_b, new_v, new_c),) = model.get_classifiers()
    np.testing.assert_allclose(new_w, w - x.T @ back, atol=1e-5)
    np.testing.assert_allclose(new_b, b - back.sum(0), atol=1e-5)
    np.testing.assert_array_equal(new_v, v)
    np.testing.assert_array_equal(new_c, c)


def test_a_saved_model_keeps_its_sources(tmp_path):
    model = CADA(3, sources=2, hidden=(4,), seed=0)
    model.compile()
    x = np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
    model.fit(x, np.arange(9), verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded(x).shape == (9, 9)
    np.testing.assert_array_equal(loaded.classify(x), model.classify(x))
    with pytest.raises(ValueError, match="at least one source"):
        CADA(2, sources=0)


@pytest.mark.parametrize("balance", list(ClassBalance))
def test_half_of_a_mini_batch_is_the_targets_however_many_sources(balance):
    rng = np.random.default_rng(0)
    categories = np.repeat(np.arange(8), [50, 40, 30, 90, 9, 70, 5, 3])  # three sources
    groups = batch_groups(categories, 2, Batches.HALF, balance)
    (batch,) = BatchStream(groups, 48, rng).take(1)
    domains = categories[batch] // 2
    np.testing.assert_array_equal(np.bincount(domains), [8, 8, 8, 24])


@pytest.fixture
def problem():
    one, other = make_set((60, 40), seed=1), make_set((30, 50), shift=3, seed=2)
    parts = np.repeat([0, 1], [100, 80])
    joined = (np.concatenate([getattr(c, name) for c in (one, other)]) for name in FIELDS)
    source = LabelledSet("both", *joined, parts)
    target = make_set((40, 30), shift=0.7, seed=3)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=1, folds=2)


FIELDS = "features", "labels", "speakers"


def test_each_source_has_its_scale_and_the_target_their_mean(problem):
    (data,) = make_replica_data(Cell("cada", 4), problem, Config(), [problem.split(0, 0)])
    xs, _ = data.x
    span = []
    for part in (0, 1):
        own = problem.source.corpus_ids == part
        np.testing.assert_allclose(xs[own].min(0), -1, atol=1e-6)
        np.testing.assert_allclose(xs[own].max(0), 1, atol=1e-6)
        raw = problem.source.features[own]
        span.append([raw.min(0), raw.max(0)])
    (xt,) = scale_to(np.mean(span, 0), problem.target.features)
    np.testing.assert_allclose(data.x_test, xt[problem.split(0, 0).test])


@pytest.mark.parametrize("method", ["cada", "cada-eq2", "pooled", "fada", "fine-tune"])
def test_sources_kept_apart_are_domains_of_cada_alone(problem, method):
    config = make_config(sources="apart", max_epochs=2, fada_epochs=2, hidden=(8,))
    cell, split = Cell(method, 4), problem.split(0, 0)
    bases = [train(base, problem, config, [split]) for base in bases_of(cell)]
    start = bases[0] if bases else None
    (data,) = make_replica_data(cell, problem, config, [split], start)
    own = slice(180 if METHODS[method].source else 0)
    source, few = data.categories[own], data.categories[own.stop :]
    separate = METHODS[method].separates_sources
    expected = problem.source.corpus_ids[own] if separate else np.zeros(len(source))
    np.testing.assert_array_equal(source // 2, expected)
    np.testing.assert_array_equal(few // 2, 2 if separate else 1)
    np.testing.assert_array_equal(source % 2, problem.source.labels[own])
    (fitted,) = train(cell, problem, config, [split], bases)
    assert len(fitted.y_pred) == len(split.test)
    outputs = {"cada": 6, "cada-eq2": 6}.get(method, 2)
    assert fitted.weights[-1].shape[-1] == outputs


def test_one_source_is_the_same_pooled_or_apart(small_problem):
    split = small_problem.split(0, 0)
    both = [
        train(Cell("cada", 4), small_problem, Config(max_epochs=3, sources=kind), [split])[0]
        for kind in Sources
    ]
    for one, other in zip(both[0].weights, both[1].weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_joined_corpora_keep_their_order_and_their_parts():
    one, other = make_table(seed=1), make_table((10, 10), seed=2)
    joined = join_corpora([one, other])
    assert joined.attrs["name"] == "made1+made2"
    corpus = labelled_set(joined, ("negative", "positive"))
    np.testing.assert_array_equal(np.bincount(corpus.corpus_ids), [50, 20])
    np.testing.assert_array_equal(
        corpus.features[corpus.corpus_ids == 1],
        labelled_set(other, ("negative", "positive")).features,
    )
    assert join_corpora([one]) is one
    with pytest.raises(InputError, match="different names, found made1 more than once"):
        join_corpora([one, other, one])
    assert dataclasses.replace(corpus, corpus_ids=None).n_corpora == 1


@pytest.mark.parametrize("kind", list(Sources))
def test_a_run_from_two_sources(tmp_path, kind):
    for seed, shift in ((1, 0), (2, 2), (3, 0.7)):
        make_table((40, 30), shift, seed).to_csv(tmp_path / f"t{seed}.csv")
    named = [f"--source=table:{tmp_path}/t{seed}.csv" for seed in (1, 2)]
    main(
        *(*named, f"--target=table:{tmp_path}/t3.csv", *QUICK, f"--output_dir={tmp_path}/out"),
        *("--methods=all-source,cada", f"--sources={kind}", "--notensorboard"),
    )
    table = read_results(tmp_path / "out" / "results.csv")
    assert set(table["source"]) == {"t1+t2"}
    assert len(table) == 2 * 2 * (1 + 2)
