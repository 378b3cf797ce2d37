"""The equations, held against gradients derived by hand, and the model as Keras's users use it."""

import ast
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers import FEATURES, built, softmax

import cada_tf
from cada_tf import CADA, MLP, FusedAdam, swap


def gradients_by_hand(weights, x, targets):
    """Gradients of the mean cross-entropy of a network with one hidden ReLU layer.

    With h = relu(x W + b) and p = softmax(h V + c), the loss −mean log p[t] has
    ∂/∂logits = (p − onehot(t)) / n; the rest is the chain rule.
    """
    w, b, v, c = weights
    h = np.maximum(x @ w + b, 0)
    p = softmax(h @ v + c)
    delta = (p - np.eye(p.shape[1])[targets]) / len(x)
    hidden = (delta @ v.T) * (h > 0)
    return [x.T @ hidden, hidden.sum(0, keepdims=True), h.T @ delta, delta.sum(0, keepdims=True)]


def batch(classes=2, n=16):
    """Examples ``[n, 8]`` and categories that can be learnt from them."""
    x = np.random.default_rng(classes).normal(size=(n, FEATURES)).astype(np.float32)
    return x, x[:, : 2 * classes].argmax(1).astype(np.int32)


def weights_of(model, replica=0):
    return [w[replica].astype(np.float64) for w in model.get_weights()]


@pytest.mark.parametrize(("classes", "steps"), [(2, 1), (3, 1), (2, 0), (2, 3)])
def test_one_update_is_eq_2_then_eq_3(classes, steps):
    x, d = batch(classes)
    model = built(
        CADA(classes, adversarial_steps=steps, hidden=(7,), seed=1),
        optimizer=keras.optimizers.SGD(0.5),
        adversarial_optimizer=keras.optimizers.SGD(0.25),
    )
    before = weights_of(model)
    model.train_on_batch(x, d)
    # Line 4 of Algorithm 1: θe and θp on Eq. (2).
    grads = gradients_by_hand(before, x, d)
    expected = [w - 0.5 * g for w, g in zip(before, grads, strict=True)]
    # Line 5: θe alone on Eq. (3), from where line 4 left it.
    for _ in range(steps):
        grads = gradients_by_hand(expected, x, swap(d, classes))
        expected = [expected[0] - 0.25 * grads[0], expected[1] - 0.25 * grads[1], *expected[2:]]
    for got, want in zip(weights_of(model), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


def test_one_optimizer_may_serve_both_stages():
    """Adam by hand: θe's moments and the step count run through both stages."""
    x, d = batch()
    model = built(CADA(shared_optimizer=True, hidden=(7,), seed=1), optimizer=FusedAdam(0.01))
    weights = weights_of(model)
    moments, variances = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, 7):
        first = step % 2
        grads = gradients_by_hand(weights, x, d if first else swap(d, 2))
        for i in range(4 if first else 2):
            moments[i] = 0.9 * moments[i] + 0.1 * grads[i]
            variances[i] = 0.999 * variances[i] + 0.001 * grads[i] ** 2
            ratio = (moments[i] / (1 - 0.9**step)) / (
                np.sqrt(variances[i] / (1 - 0.999**step)) + 1e-8
            )
            weights[i] = weights[i] - 0.01 * ratio
        if not first:
            model.train_on_batch(x, d)
    for got, want in zip(weights_of(model), weights, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-5)


def test_a_warm_start_classifies_as_the_network_it_starts_from():
    x, _ = batch(3)
    source, cada = MLP(3, replicas=2, seed=[1, 2]), CADA(3, replicas=2, seed=[3, 4])
    for model in (source, cada):
        model.build((None, FEATURES))
    cada.set_classifiers(source.get_classifiers())
    logits = np.array(source(x))
    np.testing.assert_array_equal(np.array(cada(x)), np.concatenate([logits, logits], axis=-1))
    cada.set_classifiers(cada.get_classifiers())
    np.testing.assert_array_equal(cada.classify(x), source.classify(x))


def test_input_noise_is_gaussian_in_training_alone_and_each_replicas_own():
    stack = built(CADA(replicas=2, seed=[4, 5], input_noise=0.3))
    single = built(CADA(seed=5, input_noise=0.3))
    x = np.ones((2, 500, FEATURES), np.float32)
    drawn = [np.array(stack.perturb(x)) - 1 for _ in range(2)]
    assert np.std(drawn) == pytest.approx(0.3, rel=0.02)
    assert np.mean(drawn) == pytest.approx(0, abs=0.01)
    parts = [drawn[0][0], drawn[0][1], drawn[1][0], drawn[1][1]]
    correlations = np.corrcoef([part.ravel() for part in parts]) - np.eye(4)
    assert np.abs(correlations).max() < 0.06  # 4,000 numbers: three standard errors are 0.05
    for earlier in drawn:
        np.testing.assert_array_equal(earlier[1], np.array(single.perturb(x[1:]))[0] - 1)
    stack.reset([4, 5])
    np.testing.assert_array_equal(np.array(stack.perturb(x)) - 1, drawn[0])
    np.testing.assert_array_equal(stack(x), stack(x))


def test_adversarial_pass_leaves_the_predictor_bit_identical():
    x, d = batch()
    model = built(CADA(seed=1), optimizer=keras.optimizers.SGD(0.0))
    encoder, predictor = model.encoder.get_weights(), model.predictor.get_weights()
    model.train_on_batch(x, d)
    for old, new in zip(predictor, model.predictor.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert np.abs(model.encoder.get_weights()[0] - encoder[0]).max() > 1e-4


def test_without_the_adversarial_rate_cada_is_a_classifier_of_categories():
    x, d = batch()
    cada = built(CADA(2, seed=1), adversarial_optimizer=keras.optimizers.SGD(0.0))
    plain = built(MLP(4, seed=1))
    for _ in range(5):
        cada.train_on_batch(x, d)
        plain.train_on_batch(x, d)
    for one, other in zip(cada.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_stack_equals_its_single_models():
    replicas, steps = 3, 10
    rng = np.random.default_rng(0)
    x = rng.normal(size=(steps, replicas, 16, FEATURES)).astype(np.float32)
    d = rng.integers(0, 4, (steps, replicas, 16)).astype(np.int32)
    stack = built(CADA(replicas=replicas, seed=[4, 5, 6]))
    singles = [built(CADA(seed=seed)) for seed in (4, 5, 6)]
    for step in range(steps):
        stack.train_on_batch(x[step], d[step])
        for replica, single in enumerate(singles):
            single.train_on_batch(x[step, replica], d[step, replica])
    for replica, single in enumerate(singles):
        for many, one in zip(weights_of(stack, replica), weights_of(single), strict=True):
            np.testing.assert_array_equal(many, one)
    everywhere = stack.classify(x[0, 0])
    assert everywhere.shape == (replicas, 16)
    np.testing.assert_array_equal(everywhere[1], singles[1].classify(x[0, 0]))


@pytest.mark.parametrize("units", [3, 5, 8, 12, 20, 62, 100, 256])
def test_layers_of_any_width_have_the_same_bits_in_a_stack(units):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3, 64, FEATURES)).astype(np.float32)
    y = rng.integers(0, 2, (5, 3, 64)).astype(np.int32)
    stack = built(MLP(hidden=(units,), replicas=3, seed=[4, 5, 6]))
    singles = [built(MLP(hidden=(units,), seed=seed)) for seed in (4, 5, 6)]
    for step in range(5):
        stack.train_on_batch(x[step], y[step])
        for replica, single in enumerate(singles):
            single.train_on_batch(x[step, replica], y[step, replica])
    for replica, single in enumerate(singles):
        for many, one in zip(weights_of(stack, replica), weights_of(single), strict=True):
            np.testing.assert_array_equal(many, one)


def test_fused_adam_is_keras_adam():
    x, d = batch()
    ours = built(MLP(4, seed=1), optimizer=FusedAdam(0.01))
    theirs = built(MLP(4, seed=1), optimizer=keras.optimizers.Adam(0.01, epsilon=1e-8))
    for _ in range(20):
        ours.train_on_batch(x, d)
        theirs.train_on_batch(x, d)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="AMSGrad"):
        FusedAdam(amsgrad=True)


def test_reset_makes_a_model_new():
    x, d = batch()
    used, new = built(CADA(seed=1)), built(CADA(seed=9))
    used.build_optimizers()
    used.train_on_batch(x, d)
    used.reset([9])
    for model in (used, new):
        model.train_on_batch(x, d)
    for one, other in zip(used.get_weights(), new.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("classes", [2, pytest.param(4, marks=pytest.mark.exhaustive)])
def test_fit_evaluate_predict_and_callbacks(classes, tmp_path):
    x, d = batch(classes, n=80)
    keras.utils.set_random_seed(0)  # fit() shuffles
    model = CADA(classes, hidden=(32, 16), seed=0)
    model.compile(FusedAdam(0.01), FusedAdam(0.01))
    history = model.fit(
        x,
        d,
        validation_data=(x, d),
        batch_size=32,
        epochs=30,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=30, restore_best_weights=True),
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
            keras.callbacks.ReduceLROnPlateau(patience=3),
            keras.callbacks.TensorBoard(tmp_path / "logs", histogram_freq=10),
        ],
    ).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["ua"][-1] > 1.3 / classes
    assert list((tmp_path / "logs" / "train").iterdir())
    assert {"val_loss", "val_adversarial_loss", "val_ua"} <= set(history)
    scores = model.evaluate(x, d[:, None], return_dict=True, verbose=0)
    logits = model.predict(x, verbose=0)
    assert logits.shape == (80, 2 * classes)
    guess = model.classify(x)
    recall = [np.mean(guess[d % classes == c] == c) for c in range(classes)]
    assert scores["ua"] == pytest.approx(np.mean(recall), abs=1e-6)
    log_p = np.log(softmax(logits.astype(np.float64)))
    assert scores["loss"] == pytest.approx(-log_p[np.arange(80), d].mean(), abs=1e-4)
    swapped = -log_p[np.arange(80), swap(d, classes)].mean()
    assert scores["adversarial_loss"] == pytest.approx(swapped, abs=1e-4)


def test_save_and_load_without_custom_objects(tmp_path):
    x, d = batch(3)
    model = CADA(3, hidden=(8, 4), seed=2, input_noise=0.1)
    model.compile(optimizer=FusedAdam(0.01), adversarial_optimizer=FusedAdam(0.02))
    model.fit(x, d, epochs=3, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    assert float(loaded.adversarial_optimizer.learning_rate) == pytest.approx(0.02)
    # Training goes on as if it had not been interrupted: Adam's moments came along.
    for either in (model, loaded):
        either.train_on_batch(x, d)
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))


def test_a_model_that_was_not_compiled_is_saved(tmp_path):
    model = CADA(seed=2)
    model.build((None, FEATURES))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_examples_weigh():
    x, d = batch(n=8)
    weights = np.array([1, 0] * 4, np.float32)
    some, half = (built(MLP(4, seed=1), optimizer=keras.optimizers.SGD(0.5)) for _ in range(2))
    some.train_on_batch(x, d, sample_weight=weights)
    half.optimizer.learning_rate = 0.25  # a mean over 8 of which 4 count
    half.train_on_batch(x[::2], d[::2])
    for one, other in zip(some.get_weights(), half.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_frozen_encoder_stays():
    x, d = batch()
    model = MLP(4, seed=1)
    model.encoder.trainable = False
    built(model)
    before = model.encoder.get_weights()
    model.train_on_batch(x, d)
    for old, new in zip(before, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": 1}, "at least two classes"),
        ({"hidden": ()}, "positive layer widths"),
        ({"hidden": (0,)}, "positive layer widths"),
        ({"replicas": 0}, "at least one replica"),
        ({"replicas": 2, "seed": 1}, "one seed a replica"),
        ({"input_noise": -0.1}, "none below 0"),
        ({"adversarial_steps": -1}, "none below 0"),
    ],
)
def test_arguments_that_make_no_model(arguments, message):
    with pytest.raises(ValueError, match=message):
        CADA(**arguments)


def test_the_two_stages_need_two_optimizers():
    shared = FusedAdam()
    with pytest.raises(ValueError, match="two optimizers"):
        CADA().compile(optimizer=shared, adversarial_optimizer=shared)
    with pytest.raises(ValueError, match="one optimizer"):
        CADA(shared_optimizer=True).compile(adversarial_optimizer=FusedAdam())


def test_the_package_has_what_its_stub_names():
    stub = ast.parse(Path(cada_tf.__file__).with_suffix(".pyi").read_text())
    (names,) = (n.value for n in stub.body if ast.unparse(n).startswith("__all__ = "))
    listed = ast.literal_eval(names)
    assert sorted(listed) == sorted(cada_tf.__all__)  # which follows from the stub's imports
    for name in listed:
        assert getattr(cada_tf, name) is not None
