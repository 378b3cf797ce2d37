"""Stacks: a replica's bits do not depend on its neighbours, nor on when they leave."""

import functools
import itertools

import numpy as np
import pytest

from cada_tf.config import Readings, StopOn
from cada_tf.models import CADA, FADA, MLP
from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.pairs import PairStream
from cada_tf.training.replica_data import Data, Task
from cada_tf.training.stack import Phase, Stack, make_stack

FEATURES = 62


def make_tasks(model, batch, count=5):
    """Tasks of differing sizes, with labels that mean nothing, of which some stop early."""
    tasks = []
    for replica in range(count):
        rng = np.random.default_rng(replica)
        n = 120 + 7 * replica
        categories = np.arange(n) % 4
        y = categories if model is CADA else categories % 2
        x = rng.normal(size=(n, FEATURES)).astype(np.float32)
        x[:100] = np.random.default_rng(9).normal(size=(100, FEATURES))  # as all have one source
        if model is FADA:
            stream = functools.partial(PairStream, categories, 2, batch)
        else:
            stream = functools.partial(BatchStream, [np.arange(n)], batch)
        held = np.arange(0 if model is FADA else 11 + replica)
        x_held = x[held] if replica % 2 else x[held + 31]  # those that learn by heart go on
        weights = np.ones(n, np.float32)
        tasks.append(
            Task([x[:100], x[100:]], y, weights, stream, x_held, y[held], x[:9], key=("t", replica))
        )
    return tasks


def fit(model, tasks, hidden, readings, initial=None, **options):
    stack = make_stack(
        model,
        FEATURES,
        len(tasks),
        (1e-2,) * (1 + (model is not MLP)),
        True,
        classes=2,
        hidden=hidden,
    )
    phases = [Phase("update", 3, 12)]
    if model is FADA:
        phases.insert(0, Phase("discriminate", 3, 4))
    return stack.fit(tasks, seed=1, phases=phases, readings=readings, initial=initial)


@pytest.mark.parametrize(
    ("model", "batch", "hidden", "noise"),
    [
        (CADA, 64, (256,), 0.2),
        (CADA, 5, (7, 5), 0.0),
        (MLP, 64, (7, 5), 0.0),
        (MLP, 7, (256,), 0.2),
        (FADA, 16, (256,), 0.0),
        (FADA, 3, (7, 5), 0.2),
    ],
)
def test_any_cut_into_stacks_gives_the_same_bits(model, batch, hidden, noise):
    tasks = make_tasks(model, batch)
    readings = Readings(patience=2, stop_on=StopOn.LOSS)
    whole = fit(model, tasks, hidden, readings, input_noise=noise)
    if model is not FADA:
        assert len({fitted.epoch for fitted in whole}) > 1, "all stopped at once: no replica left"
    for cut in ([0, 1, 2, 3, 4, 5], [0, 2, 5], [0, 1, 5]):
        pieces = [
            fit(model, tasks[start:end], hidden, readings, input_noise=noise)
            for start, end in itertools.pairwise(cut)
        ]
        for one, other in zip(whole, itertools.chain(*pieces), strict=True):
            assert one.epoch == other.epoch
            np.testing.assert_array_equal(one.guess, other.guess)
            for many, few in zip(one.weights, other.weights, strict=True):
                np.testing.assert_array_equal(many, few)


def test_replicas_that_have_stopped_leave_the_stack(monkeypatch):
    """And the epochs that are not trained are those after each one's stop."""
    tasks = make_tasks(CADA, 64)
    trained = []
    run = Stack.run
    monkeypatch.setattr(
        "cada_tf.training.stack.Stack.run",
        lambda self, *rest: trained.append(self.model.replicas) or run(self, *rest),
    )
    fitted = fit(CADA, tasks, (7,), Readings(patience=2, stop_on=StopOn.LOSS))
    assert trained == sorted(trained, reverse=True)
    assert trained[0] == 5
    stops = [min(one.epoch + 2, 12) for one in fitted]
    assert trained == [sum(stop >= epoch for stop in stops) for epoch in range(1, max(stops) + 1)]


def test_what_replicas_share_is_held_once():
    tasks = make_tasks(CADA, 64)
    data = Data.of(tasks)
    assert len(data.x) == 100 + sum(len(task.y) - 100 for task in tasks)
    for task, rows, y in zip(tasks, data.rows, data.y, strict=True):
        n = len(task.y)
        np.testing.assert_array_equal(data.x.numpy()[rows[:n]], np.concatenate(task.x))
        np.testing.assert_array_equal(y[:n], task.y)
    some = data.narrowed([1, 3])
    np.testing.assert_array_equal(some.rows[1], data.rows[3])


def test_a_stack_starts_from_the_classifiers_that_it_is_given():
    tasks = make_tasks(MLP, 64)
    sources = fit(MLP, tasks, (7,), Readings())
    stack = make_stack(FADA, FEATURES, 5, (1e-2, 1e-2), True, classes=2, hidden=(7,))
    stack.model.reset(range(5))
    stack.model.set_classifiers([source.weights for source in sources])
    for source, weights in zip(sources, stack.model.get_classifiers(), strict=True):
        for one, other in zip(source.weights, weights, strict=True):
            np.testing.assert_array_equal(one, other)
