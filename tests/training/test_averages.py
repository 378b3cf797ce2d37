"""Methods that average the answers of others: by hand, trained once, and kept by a run."""

import itertools

import numpy as np
import pytest
from helpers import QUICK as FLAGS
from helpers import main, make_set, softmax, write_tables

from cada_tf.adaptation.adapt import adapt
from cada_tf.errors import InputError
from cada_tf.methods import METHODS, Method, all_options, make_config, makes_network, register
from cada_tf.models import forward
from cada_tf.models.forward import probabilities
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.plan import families, most_updates, plan
from cada_tf.runs.results import read_results
from cada_tf.training import cells as training
from cada_tf.training.averages import held_out_of_all, join_weights
from cada_tf.training.fitted import HeldOut

QUICK = make_config(max_epochs=3, fine_tune_steps=4, hidden=(8,))
BOTH = "fine-tune+cada"


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def test_the_mean_of_the_logits_by_hand(problem):
    """Of whole networks, so that a recogniser can be made of it."""
    splits = [problem.split(0, fold) for fold in range(2)]
    cells = [Cell(name, 24) for name in (BOTH, "fine-tune", "cada")]
    trained = dict(training.train_cells(problem, QUICK, splits, cells))
    for both, tuned, cada in zip(*trained.values(), strict=True):
        # Of CADA's categories each class counts by the domain in which it is more probable.
        best = cada.test_logits.reshape(-1, 2, 2).max(1).astype(float)
        mean = softmax((tuned.test_logits.astype(float) + best) / 2)
        np.testing.assert_allclose(probabilities(both.test_logits, 2), mean, rtol=1e-5)
        np.testing.assert_array_equal(both.y_pred, mean.argmax(-1))
        assert (both.history, both.epoch) == ({}, 0)
        x = np.random.default_rng(0).normal(size=(9, 62)).astype(np.float32)
        best = forward.logits(cada.weights, x).reshape(-1, 2, 2).max(1)
        mean = (forward.logits(tuned.weights, x) + best) / 2
        np.testing.assert_allclose(
            probabilities(forward.logits(both.weights, x), 2), softmax(mean), rtol=1e-4
        )


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("domains", [(1, 1), (1, 2), (3, 2), (2, 1, 3)])
def test_networks_side_by_side_are_one(domains, depth):
    """Of any depth and numbers of domains: of a class, the mean of the members' best logits."""
    rng, classes = np.random.default_rng(0), 3
    members = []
    for count in domains:
        widths = [7, *rng.integers(4, 9, depth), count * classes]
        shapes = [s for i, o in itertools.pairwise(widths) for s in ((i, o), (1, o))]
        members.append([rng.normal(size=shape).astype(np.float32) for shape in shapes])
    x = rng.normal(size=(20, 7)).astype(np.float32)
    best = [forward.logits(m, x).reshape(20, -1, classes).max(1) for m in members]
    joined = forward.logits(join_weights(members, classes), x)
    found = joined.reshape(20, -1, classes).max(1)
    np.testing.assert_allclose(found, np.mean(best, axis=0), rtol=1e-4, atol=1e-5)


def test_held_out_of_all_is_what_no_member_was_trained_on():
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    parts = [HeldOut(x[rows], np.array(rows)) for rows in ([0, 1, 2, 4], [4, 2, 5], [2, 3, 4])]
    found = held_out_of_all(parts)
    np.testing.assert_array_equal(found.y, [2, 4])
    np.testing.assert_array_equal(found.x, x[[2, 4]])
    assert len(held_out_of_all([*parts, HeldOut(x[:0], np.arange(0))]).y) == 0


def test_there_is_no_one_network_where_members_are_scaled_differently(problem):
    config = make_config(QUICK, scaling="training")
    ((_, (both,)),) = training.train_cells(problem, config, [problem.split(0, 0)], [Cell(BOTH, 4)])
    assert both.weights == []


def test_each_network_is_trained_once(problem, monkeypatch):
    trained, train = [], training.train
    monkeypatch.setattr(
        training, "train", lambda cell, *rest: trained.append(cell) or train(cell, *rest)
    )
    cells = [Cell(BOTH, 2), Cell("cada", 2), Cell(BOTH, 4)]
    list(training.train_cells(problem, QUICK, [problem.split(0, 0)], cells))
    expected = {*cells, Cell("all-source", None), Cell("cada", 4)}
    expected |= {Cell("fine-tune", n) for n in (2, 4)}
    assert len(trained) == len(expected)
    assert set(trained) == expected


def test_it_is_planned_with_what_it_averages(problem):
    cells = [Cell("all-source", None)]
    cells += [Cell(name, n) for name in ("fine-tune", "cada", "pooled", BOTH) for n in (2, 4)]
    pooled = [Cell("pooled", 2)], [Cell("pooled", 4)]
    together = [cell for cell in cells if cell.method != "pooled"]
    assert families(cells) == [together, *pooled]
    without = [cell for cell in cells if cell.method != BOTH]
    assert [len(family) for family in families(without)] == [3, 1, 1, 1, 1]
    units = plan(problem, QUICK, cells, set(), stack_size=4, jobs=1)
    assert {unit.cells for unit in units} == {tuple(family) for family in families(cells)}
    updates = most_updates([Cell(BOTH, 2)], problem, QUICK)
    alone = (most_updates([Cell(name, 2)], problem, QUICK) for name in ("fine-tune", "cada"))
    assert updates == sum(alone)


def test_the_options_of_its_members_are_its_own():
    options = all_options()
    for name in ("fine_tune_rate", "adversarial_rate", "batches", "sources"):
        assert BOTH in options[name].methods
    assert BOTH not in options["fada_gamma"].methods


def test_the_mean_of_the_probabilities_where_a_member_is_no_network(problem):
    names = "cada", "svm-pooled", "svm-labels"
    splits = [problem.split(0, fold) for fold in range(2)]
    cells = [Cell(name, 24) for name in ("+".join(names), *names)]
    together, *members = dict(training.train_cells(problem, QUICK, splits, cells)).values()
    for place, both in enumerate(together):
        cada, *machines = (fitted[place].test_logits.astype(float) for fitted in members)
        answers = [softmax(cada.reshape(-1, 2, 2).max(1)), *map(softmax, machines)]
        mean = np.mean(answers, axis=0)
        np.testing.assert_allclose(probabilities(both.test_logits, 2), mean, rtol=1e-5)
        assert both.weights == []
    assert not makes_network("+".join(names))


@pytest.mark.parametrize("averages", [("cada", "cda"), ("cada", "all-source+prior")])
def test_members_that_train_nothing_are_refused(averages):
    declaration = {"name": "a+b", "source": True, "network": None, "averages": averages}
    with pytest.raises(InputError, match="expected averages to name registered methods"):
        register(type("Made", (Method,), declaration))
    assert "a+b" not in METHODS


def test_a_recogniser_is_made_of_it_where_the_scale_is_one(problem):
    adapted = adapt(problem, QUICK, BOTH, assessed=False)
    assert adapted.recogniser.weights[0].shape == (62, 16)
    assert len(adapted.held_out[1]) < 20 * 2  # of 20 that either network holds out
    with pytest.raises(InputError, match=r"`scaling`: expected .* found training"):
        adapt(problem, make_config(QUICK, scaling="training"), BOTH)


def test_a_run_keeps_it_under_its_name(tmp_path):
    out = tmp_path / "out"
    main(*write_tables(tmp_path), *FLAGS, f"--methods=cada,{BOTH}", f"--output_dir={out}")
    table = read_results(out / "results.csv")
    assert dict(table["method"].value_counts()) == {"cada": 8, BOTH: 8}
    assert (out / "cells" / "fine-tune+cada-2.npz").exists()
    assert list((out / "tensorboard" / "fine-tune+cada-2").iterdir())
    record = Archive(out).load(Cell(BOTH, 2))
    assert record.done.all()
    answers = probabilities(record.logits, 2)
    np.testing.assert_array_equal(answers.argmax(-1), record.y_pred[0])
