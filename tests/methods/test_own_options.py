"""The options that related methods declare: each changes the answers of each method that has it."""

import functools

import numpy as np
import pytest
from helpers import make_set

from cada_tf.methods import METHODS, Target, all_options, make_config
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.training.cells import train_cells

QUICK = {"max_epochs": 3, "hidden": (8,), "batch_size": 16, "autoencoder_epochs": 3, "svm_c": 1}
"""With a higher C the SVM makes no error on these utterances, and no weight matters."""
RELATED = {name for name, method in METHODS.items() if method.related}
OWN = {
    name: option
    for name, option in all_options().items()
    if option.methods and not {*option.methods} - RELATED
}
OTHERS = {"kmm_part": 50, "dann_discriminator": (8,)}
"""Values of options of which experiments.ablation tries none."""
IN_LOSS = {"dsne_margin"}
"""Constants of a loss, without effect on its gradient while all of its hinges are open."""


PLAIN = make_config(**QUICK)


def fitted(config, cells):
    """What each cell's networks answer to the test fold of one problem."""
    source, target = make_set((60, 40), seed=1), make_set((40, 30), shift=0.7, seed=2)
    problem = Problem(source, target, ("negative", "positive"), seed=3, trials=1, folds=2)
    return {
        cell: one for cell, (one,) in train_cells(problem, config, [problem.split(0, 0)], cells)
    }


@functools.cache
def plain(cell):
    return fitted(PLAIN, [cell])[cell]


@pytest.mark.parametrize("name", OWN)
def test_each_option_changes_the_answers_of_its_methods(name):
    option = OWN[name]
    cells = [
        Cell(method, 12 if METHODS[method].target is Target.EXAMPLES else None)
        for method in option.methods
    ]
    tried = option.tried or (OTHERS[name],)
    changed = {cell: set() for cell in cells}
    for value in tried:
        for cell, found in fitted(make_config(PLAIN, **{name: value}), cells).items():
            assert np.isfinite(found.test_logits).all()
            same = np.array_equal(found.test_logits, plain(cell).test_logits)
            if name in IN_LOSS:
                losses = (one.history["alignment_loss"] for one in (found, plain(cell)))
                same = np.array_equal(*losses)
            changed[cell].add(not same)
    assert all(True in found for found in changed.values()), changed
