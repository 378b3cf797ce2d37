"""The autoencoders, against gradients derived by hand, and their limit cases."""

import keras
import numpy as np
import pytest
from helpers import FEATURES, built, make_set

from cada_tf.methods import METHODS, make_config
from cada_tf.models.autoencoder import Autoencoder
from cada_tf.models.mlp import MLP
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import UNLABELLED
from cada_tf.protocol.problem import Problem
from cada_tf.training.cells import train_cells
from cada_tf.training.replica_data import make_replica_data

QUICK = make_config(max_epochs=3, hidden=(8,), autoencoder_epochs=4)


def mini_batch(seed=0, replicas=1):
    """Five examples of the source, three of the target and four without a label, a replica."""
    x = np.random.default_rng(seed).normal(size=(replicas, 12, FEATURES)).astype(np.float32)
    y = np.array([0, 1, 0, 1, 1, 0, 1, 1] + [UNLABELLED] * 4, np.int32)
    domains = np.array([0] * 5 + [1] * 3 + [UNLABELLED] * 4, np.int32)
    return x, np.tile(y, (replicas, 1)), np.tile(domains, (replicas, 1))


def sgd(decoders, replicas=1, seed=1, **options):
    model = Autoencoder(decoders=decoders, hidden=(7,), replicas=replicas, seed=seed, **options)
    return built(
        model,
        optimizer=keras.optimizers.SGD(0.5),
        reconstruction_optimizer=keras.optimizers.SGD(0.25),
    )


def weights_of(layers, replica=0):
    return [w.numpy()[replica].astype(np.float64) for layer in layers for w in layer.weights]


@pytest.mark.parametrize("decoders", [1, 2])
def test_a_step_of_reconstruction_by_hand(decoders):
    """With z = relu(x W + b) and r = z V + c, ∂ mean (r − x)² / ∂r = 2 (r − x) / n F."""
    model = sgd(decoders)
    x, y, domains = mini_batch()
    parts = [slice(0, 5), slice(5, 12)] if decoders == 2 else [slice(0, 12)]
    w, b = weights_of(model.encoder.layers)
    predictor = weights_of([model.predictor])
    expected, loss = [np.zeros_like(w), np.zeros_like(b)], 0
    after = []
    for part, decoder in zip(parts, model.decoders, strict=True):
        v, c = weights_of(decoder.layers)
        own = x[0, part].astype(np.float64)
        z = np.maximum(own @ w + b, 0)
        error = z @ v + c - own
        loss += np.mean(error**2)
        delta = 2 * error / error.size
        hidden = (delta @ v.T) * (z > 0)
        expected[0] += own.T @ hidden
        expected[1] += hidden.sum(0)
        after += [v - 0.25 * z.T @ delta, c - 0.25 * delta.sum(0)]
    logits, losses = model.reconstruct(x, y, domains)
    assert logits is None
    assert float(losses["reconstruction_loss"][0]) == pytest.approx(loss, rel=1e-5)
    after = [w - 0.25 * expected[0], b - 0.25 * expected[1], *after]
    found = weights_of([*model.encoder.layers, *(d.layers[0] for d in model.decoders)])
    for one, other in zip(found, after, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    for one, other in zip(predictor, weights_of([model.predictor]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("frozen", [False, True])
def test_an_update_is_that_of_the_base_model_on_what_is_labelled(frozen):
    model, plain = sgd(2, freeze_encoder=frozen), MLP(hidden=(7,), seed=1)
    plain.encoder.trainable = not frozen
    built(plain, optimizer=keras.optimizers.SGD(0.5))
    x, y, domains = mini_batch()
    logits, losses = model.update(x, y, domains)
    expected, ours = plain.update(x[:, :8], y[:, :8], domains[:, :8])
    np.testing.assert_array_equal(logits[:, :8], expected)
    np.testing.assert_array_equal(losses["loss"], ours["loss"])
    for one, other in zip(model.classifier_weights, plain.classifier_weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("hidden", [(7,), (7, 5)])
@pytest.mark.parametrize("decoders", [1, 2])
def test_a_stack_equals_its_single_models(decoders, hidden):
    make = {"decoders": decoders, "hidden": hidden, "input_noise": 0.3}
    stack = built(Autoencoder(**make, replicas=3, seed=[4, 5, 6]))
    singles = [built(Autoencoder(**make, seed=seed)) for seed in (4, 5, 6)]
    for step in range(6):
        x, y, domains = mini_batch(step, replicas=3)
        for model, own in [
            (stack, slice(None)),
            *((single, slice(i, i + 1)) for i, single in enumerate(singles)),
        ]:
            update = model.reconstruct if step < 3 else model.update
            update(model.perturb(x[own]), y[own], domains[own])
    for replica, single in enumerate(singles):
        for one, other in zip(
            weights_of(stack.dense_layers, replica), weights_of(single.dense_layers), strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_noise_is_on_what_is_encoded_and_not_on_what_is_to_be_reconstructed():
    x, y, domains = mini_batch()
    noisy, plain = sgd(1, input_noise=0.5), sgd(1)
    np.testing.assert_array_equal(noisy.perturb(x), x)
    for layer in (*noisy.encoder.layers, *plain.encoder.layers):
        layer.kernel.assign(np.zeros(layer.kernel.shape))  # so that nothing is encoded
    found = [
        float(m.reconstruct(x, y, domains)[1]["reconstruction_loss"][0]) for m in (noisy, plain)
    ]
    assert found == pytest.approx([np.mean(x**2)] * 2, rel=1e-5)
    noisy, plain = sgd(1, input_noise=0.5), sgd(1)
    found = [
        float(m.reconstruct(x, y, domains)[1]["reconstruction_loss"][0]) for m in (noisy, plain)
    ]
    assert found[0] != pytest.approx(found[1], rel=1e-3)


def test_it_is_saved_and_trained_by_keras(tmp_path):
    model = Autoencoder(decoders=2, hidden=(7, 5), seed=1, input_noise=0.1)
    model.compile()
    (x,), (y,), _ = mini_batch()
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert len(loaded.decoders) == 2
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    with pytest.raises(ValueError, match="1 or 2 decoders"):
        Autoencoder(decoders=3)
    one = keras.optimizers.SGD()
    with pytest.raises(ValueError, match="two optimizers"):
        model.compile(one, one)


@pytest.fixture(scope="module")
def problem():
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    return Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)


def trained(problem, method, config, folds=(0, 1), examples=6):
    splits = [problem.split(0, fold) for fold in folds]
    ((_, fitted),) = train_cells(problem, config, splits, [Cell(method, examples)])
    return fitted


@pytest.mark.parametrize("method", ["dae", "shla"])
def test_without_reconstruction_it_is_the_supervised_network_to_the_last_bit(
    problem, method, monkeypatch
):
    none = make_config(QUICK, autoencoder_epochs=0)
    plain = trained(problem, "pooled", none)
    monkeypatch.setitem(METHODS, "pooled", METHODS[method])  # by whose name numbers are drawn
    for config, same in ((none, True), (QUICK, False)):
        for one, other in zip(trained(problem, "pooled", config), plain, strict=True):
            assert np.array_equal(one.test_logits, other.test_logits) is same


@pytest.mark.parametrize("method", ["dae", "shla"])
def test_the_cut_into_stacks_changes_nothing_and_reconstruction_gets_better(problem, method):
    together = trained(problem, method, QUICK)
    for fold, one in enumerate(together):
        (alone,) = trained(problem, method, QUICK, folds=[fold])
        np.testing.assert_array_equal(one.test_logits, alone.test_logits)
        errors = one.history["reconstruction_loss"]
        assert np.isnan(errors[4:]).all()
        assert errors[3] < errors[0]
        assert np.isnan(one.history["loss"][:4]).all()
    frozen = make_config(QUICK, autoencoder_encoder="frozen")
    encoders = [trained(problem, method, config)[0].weights[0] for config in (QUICK, frozen)]
    assert not np.array_equal(*encoders)


@pytest.mark.parametrize("method", ["dae", "shla"])
def test_all_training_utterances_of_the_target_are_reconstructed_and_no_other(problem, method):
    split = problem.split(0, 0)
    (data,) = make_replica_data(Cell(method, 6), problem, QUICK, [split])
    assert len(data.categories) == 200 + len(split.train)
    drawn = np.unique(data.stream(np.random.default_rng(0)).take(100))
    unlabelled = np.flatnonzero(data.categories == UNLABELLED)
    assert len(unlabelled) == len(split.train) - 6
    assert set(unlabelled) <= set(drawn)
    assert trained(problem, method, QUICK, examples=0)[0].epoch > 0
