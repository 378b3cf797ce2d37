"""Methods that average the answers of others: by hand, trained once, and kept by a run."""

import numpy as np
import pytest
from helpers import QUICK as FLAGS
from helpers import main, make_set, softmax, write_tables

from cada_tf.adaptation.adapt import adapt
from cada_tf.errors import InputError
from cada_tf.methods import METHODS, Method, all_options, make_config, register
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.plan import families, most_updates, plan
from cada_tf.runs.results import read_results
from cada_tf.training import cells as training
from cada_tf.training.averages import average
from cada_tf.training.fitted import Fitted

QUICK = make_config(max_epochs=3, fine_tune_steps=4, hidden=(8,))
BOTH = "fine-tune+cada"


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def test_the_mean_of_the_probabilities_by_hand(problem):
    splits = [problem.split(0, fold) for fold in range(2)]
    cells = [Cell(name, 24) for name in (BOTH, "fine-tune", "cada")]
    trained = dict(training.train_cells(problem, QUICK, splits, cells))
    for both, tuned, cada in zip(*trained.values(), strict=True):
        # Of CADA's categories each class counts by the domain in which it is more probable.
        best = cada.test_logits.reshape(-1, 2, 2).max(1).astype(float)
        mean = (softmax(tuned.test_logits.astype(float)) + softmax(best)) / 2
        np.testing.assert_allclose(np.exp(both.test_logits), mean, rtol=1e-5)
        np.testing.assert_array_equal(both.y_pred, mean.argmax(-1))
        assert (both.weights, both.history, both.epoch) == ([], {}, 0)


def test_a_class_that_no_member_thinks_possible_has_a_finite_answer():
    sure = Fitted.without_network(np.array([[800.0, 0.0]]))
    (both,) = average([[sure], [sure]], 2)
    assert np.isfinite(both.test_logits).all()
    assert both.test_logits[0, 1] < -60
    assert list(both.y_pred) == [0]


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


@pytest.mark.parametrize("averages", [("cada", "cda"), ("cada", "svm-labels")])
def test_members_without_networks_are_refused(averages):
    declaration = {"name": "a+b", "source": True, "network": None, "averages": averages}
    with pytest.raises(InputError, match="expected averages to name registered methods"):
        register(type("Made", (Method,), declaration))
    assert "a+b" not in METHODS


def test_no_recogniser_is_made_of_it(problem):
    with pytest.raises(InputError, match=r"`method`: expected .* found fine-tune\+cada"):
        adapt(problem, QUICK, BOTH)


def test_a_run_keeps_it_under_its_name(tmp_path):
    out = tmp_path / "out"
    main(*write_tables(tmp_path), *FLAGS, f"--methods=cada,{BOTH}", f"--output_dir={out}")
    table = read_results(out / "results.csv")
    assert dict(table["method"].value_counts()) == {"cada": 8, BOTH: 8}
    assert (out / "cells" / "fine-tune+cada-2.npz").exists()
    assert list((out / "tensorboard" / "fine-tune+cada-2").iterdir())
    record = Archive(out).load(Cell(BOTH, 2))
    assert record.done.all()
    np.testing.assert_array_equal(record.logits.argmax(-1), record.y_pred[0])
