"""The options that related methods declare: each changes the answers of each method that has it."""

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


@pytest.mark.parametrize("name", OWN)
def test_each_option_changes_the_answers_of_its_methods(name):
    source, target = make_set((60, 40), seed=1), make_set((40, 30), shift=0.7, seed=2)
    problem = Problem(source, target, ("negative", "positive"), seed=3, trials=1, folds=2)
    option, split = OWN[name], [problem.split(0, 0)]
    cells = [
        Cell(method, 12 if METHODS[method].target is Target.EXAMPLES else None)
        for method in option.methods
    ]
    plain = make_config(**QUICK)
    before = dict(train_cells(problem, plain, split, cells))
    tried = option.tried or (OTHERS[name],)
    changed = {cell: set() for cell in cells}
    for value in tried:
        config = make_config(plain, **{name: value})
        for cell, (fitted,) in train_cells(problem, config, split, cells):
            assert np.isfinite(fitted.test_logits).all()
            (base,) = before[cell]
            same = np.array_equal(fitted.test_logits, base.test_logits)
            if name in IN_LOSS:
                losses = (one.history["alignment_loss"] for one in (fitted, base))
                same = np.array_equal(*losses)
            changed[cell].add(not same)
    assert all(True in found for found in changed.values()), changed
