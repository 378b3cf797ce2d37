"""Stacks: a replica's bits do not depend on its neighbours, nor on when they leave."""

import functools
import itertools

import numpy as np
import pytest

from cada_tf.config import Config, StopOn
from cada_tf.methods import Phase
from cada_tf.models import CADA, FADA, MLP
from cada_tf.models.layers import NOISE, StackedNoise, layer_seeds
from cada_tf.protocol.batches import BatchStream
from cada_tf.protocol.pairs import PairStream
from cada_tf.training.fitted import HeldOut
from cada_tf.training.replica_data import ReplicaData
from cada_tf.training.stack import Stack, make_stack
from cada_tf.training.stack_data import StackData

FEATURES = 62


def make_replicas(model, batch, count=5):
    """Data of differing sizes, with labels that mean nothing, of which some stop early."""
    replicas = []
    shared = np.random.default_rng(9).normal(size=(100, FEATURES)).astype(np.float32)  # a source
    for replica in range(count):
        rng = np.random.default_rng(replica)
        n = 120 + 7 * replica
        categories = np.arange(n) % 4
        x = rng.normal(size=(n, FEATURES)).astype(np.float32)
        x[:100] = shared
        if model is FADA:
            stream = functools.partial(PairStream, categories, 2, batch)
        else:
            stream = functools.partial(BatchStream, [np.arange(n)], batch)
        held = np.arange(0 if model is FADA else 11 + replica)
        # Those with an odd number learn what is held out by heart, and so go on.
        held_out = HeldOut(x[held] if replica % 2 else x[held + 31], categories[held])
        weights, none = np.ones(n, np.float32), HeldOut(x[:0], categories[:0])
        replicas.append(
            ReplicaData(
                x=[shared, x[100:]],
                categories=categories,
                weights=weights,
                stream=stream,
                held_out=held_out,
                x_test=x[:9],
                key=("t", replica),
                source_held_out=none,
            )
        )
    return replicas


def fit(model, replicas, hidden, config, initial=None, input_noise=0.0):
    stack = make_stack(
        model,
        FEATURES,
        len(replicas),
        (1e-2,) * (1 + (model is not MLP)),
        True,
        classes=2,
        hidden=hidden,
        input_noise=input_noise,
    )
    phases = [Phase("update", 3, 12)]
    if model is FADA:
        phases.insert(0, Phase("discriminate", 3, 4))
    return stack.fit(replicas, seed=1, phases=phases, config=config, initial=initial)


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
    replicas = make_replicas(model, batch)
    config = Config(patience=2, stop_on=StopOn.LOSS)
    whole = fit(model, replicas, hidden, config, input_noise=noise)
    if noise:
        quiet = fit(model, replicas, hidden, config)
        assert not np.array_equal(quiet[0].weights[0], whole[0].weights[0])
    if model is not FADA:
        assert len({fitted.epoch for fitted in whole}) > 1, "all stopped at once: no replica left"
    for cut in ([0, 1, 2, 3, 4, 5], [0, 2, 5], [0, 1, 5]):
        parts = [
            fit(model, replicas[start:end], hidden, config, input_noise=noise)
            for start, end in itertools.pairwise(cut)
        ]
        for one, other in zip(whole, itertools.chain(*parts), strict=True):
            assert one.epoch == other.epoch
            np.testing.assert_array_equal(one.y_pred, other.y_pred)
            np.testing.assert_array_equal(one.test_logits, other.test_logits)
            for many, few in zip(one.weights, other.weights, strict=True):
                np.testing.assert_array_equal(many, few)


def test_replicas_that_have_stopped_leave_the_stack(monkeypatch):
    """And the epochs that are not trained are those after each one's stop."""
    replicas = make_replicas(CADA, 64)
    trained = []
    run = Stack.run
    monkeypatch.setattr(
        "cada_tf.training.stack.Stack.run",
        lambda self, phase, epochs, data, streams: (
            trained.append(len(streams)) or run(self, phase, epochs, data, streams)
        ),
    )
    fitted = fit(CADA, replicas, (7,), Config(patience=2, stop_on=StopOn.LOSS))
    assert trained == sorted(trained, reverse=True)
    assert trained[0] == 5
    stops = [min(one.epoch + 2, 12) for one in fitted]
    assert trained == [sum(stop >= epoch for stop in stops) for epoch in range(1, max(stops) + 1)]


class OfOneWidth(CADA):
    """As a user's network is that relies on the number of replicas when it is traced."""

    def update(self, x, y, domains, weights=None):
        assert x.shape[0] == self.replicas
        return super().update(x, y, domains, weights)


def test_a_network_that_relies_on_its_width_is_traced_for_each():
    replicas, config = make_replicas(CADA, 64), Config(patience=2, stop_on=StopOn.LOSS)
    for one, other in zip(
        fit(CADA, replicas, (7,), config), fit(OfOneWidth, replicas, (7,), config), strict=True
    ):
        for free, fixed in zip(one.weights, other.weights, strict=True):
            np.testing.assert_array_equal(free, fixed)


def test_a_graph_serves_all_widths_rates_and_amounts_of_noise():
    narrow, wide = (
        make_stack(CADA, FEATURES, replicas, rates, True, classes=2, hidden=(7,), input_noise=noise)
        for replicas, rates, noise in ((2, (1e-3, 1e-3), 0.1), (5, (1e-2, 1e-4), 0.7))
    )
    assert narrow is wide
    assert [float(o.learning_rate) for o, _ in wide.model.optimizers] == [
        pytest.approx(1e-2),
        pytest.approx(1e-4),
    ]
    x = np.zeros((5, 3, FEATURES), np.float32)
    wide.model.reset(range(5))
    drawn = wide.model.perturb(x).numpy()
    one = StackedNoise(0.7, replicas=5, seeds=layer_seeds(range(5), 1, first=NOISE)[0])
    np.testing.assert_array_equal(drawn, one(x))
    np.testing.assert_allclose(drawn.std(), 0.7, rtol=0.2)


def test_what_replicas_share_is_held_once():
    replicas = make_replicas(CADA, 64)
    data = StackData.of(replicas)
    assert len(data.x) == 100 + sum(len(replica.categories) - 100 for replica in replicas)
    for replica, rows, categories in zip(replicas, data.rows, data.categories, strict=True):
        n = len(replica.categories)
        np.testing.assert_array_equal(data.x.numpy()[rows[:n]], np.concatenate(replica.x))
        np.testing.assert_array_equal(categories[:n], replica.categories)
    some = data.narrowed([1, 3])
    np.testing.assert_array_equal(some.rows[1], data.rows[3])


def test_a_stack_starts_from_the_classifiers_that_it_is_given():
    replicas = make_replicas(MLP, 64)
    sources = fit(MLP, replicas, (7,), Config())
    stack = make_stack(FADA, FEATURES, 5, (1e-2, 1e-2), True, classes=2, hidden=(7,))
    stack.model.reset(range(5))
    stack.model.set_classifiers([source.weights for source in sources])
    for source, weights in zip(sources, stack.model.get_classifiers(), strict=True):
        for one, other in zip(source.weights, weights, strict=True):
            np.testing.assert_array_equal(one, other)
