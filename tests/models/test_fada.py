"""FADA against its equations: groups and losses by hand, and what each step leaves alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import built, quadruples, softmax
from hypothesis import given, settings
from hypothesis import strategies as st

from cada_tf import FADA, MLP, Domain, FusedAdam, PairStream, relabel
from cada_tf.config import ClassBalance
from cada_tf.protocol.pairs import Group


def sgd():
    return {
        "optimizer": keras.optimizers.SGD(0.5),
        "discriminator_optimizer": keras.optimizers.SGD(0.25),
    }


def small(step=3, **arguments):
    """One hidden unit layer of 3 in the encoder, a linear discriminator."""
    model = FADA(hidden=(3,), discriminator_hidden=(), seed=1, **arguments)
    return built(model, step=step, **sgd())


def weights_of(model):
    """θ of g and h (W, b, V, c) and of the discriminator (U, a), without the replica axis."""
    layers = (model.encoder, model.predictor, model.discriminator)
    return [w[0].astype(np.float64) for layer in layers for w in layer.get_weights()]


def discriminator_loss_by_hand(weights, x):
    """L_D and its gradient in U and a, a group and a pair at a time."""
    w, b, _, _, u, a = weights
    loss, grads = 0.0, [np.zeros_like(u), np.zeros_like(a)]
    for group in range(4):
        for pair in x[:, group]:
            phi = np.concatenate([np.maximum(member @ w + b, 0)[0] for member in pair])
            p = softmax(phi @ u + a[0])
            loss -= np.log(p[group]) / len(x)
            delta = (p - np.eye(4)[group]) / len(x)
            grads[0] += np.outer(phi, delta)
            grads[1] += delta
    return loss, grads


def adaptation_loss_by_hand(weights, x, y, gamma):
    """L_gh, in float64: the confusion of G2 as G1 and of G4 as G3, and both classifications."""
    w, b, v, c, u, a = weights
    h = np.maximum(x @ w + b[0], 0)
    log_p = np.log(softmax(h @ v + c[0]))
    confusion = 0.0
    for group, said in ((1, 0), (3, 2)):
        phi = np.concatenate([h[:, group, 0], h[:, group, 1]], axis=1)
        confusion -= np.log(softmax(phi @ u + a[0]))[:, said].mean()
    source, target = (
        -np.mean([log_p[i, g, m, y[i, g, m]] for g in (1, 3) for i in range(len(x))])
        for m in (0, 1)
    )
    return gamma * confusion + source + target


def test_step_2_descends_the_discriminators_loss_alone():
    x, y = quadruples()
    model = small(step=2)
    before = weights_of(model)
    frozen = model.encoder.get_weights() + model.predictor.get_weights()
    logs = model.train_on_batch(x, y, return_dict=True)
    loss, grads = discriminator_loss_by_hand(before, x)
    assert set(logs) == {"discriminator_loss"}
    assert logs["discriminator_loss"] == pytest.approx(loss, rel=1e-5)
    for got, old, grad in zip(weights_of(model)[4:], before[4:], grads, strict=True):
        np.testing.assert_allclose(got, old - 0.25 * grad, rtol=1e-4, atol=1e-6)
    for old, new in zip(
        frozen, model.encoder.get_weights() + model.predictor.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("gamma", [0.0, 0.2, 3.0])
def test_step_3_descends_the_adaptation_loss_and_leaves_the_discriminator(gamma):
    x, y = quadruples()
    model = small(gamma=gamma, refreshes=0)
    before = weights_of(model)
    frozen = model.discriminator.get_weights()
    logs = model.train_on_batch(x, y, return_dict=True)
    assert logs["loss"] == pytest.approx(adaptation_loss_by_hand(before, x, y, gamma), rel=1e-5)
    for old, new in zip(frozen, model.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    # Each weight of g and h moved by its numerical gradient.
    for number, got in enumerate(weights_of(model)[:4]):
        for place in np.ndindex(got.shape):
            losses = []
            for side in (1e-5, -1e-5):
                moved = [w.copy() for w in before]
                moved[number][place] += side
                losses.append(adaptation_loss_by_hand(moved, x, y, gamma))
            gradient = (losses[0] - losses[1]) / 2e-5
            assert got[place] == pytest.approx(before[number][place] - 0.5 * gradient, abs=1e-5)


def test_step_3_refreshes_the_discriminator_on_the_adapted_encoder():
    x, y = quadruples()
    once, stale = small(refreshes=1), small(refreshes=0)
    for model in (once, stale):
        model.train_on_batch(x, y)
    middle = weights_of(stale)
    for got, want in zip(weights_of(once)[:4], middle[:4], strict=True):
        np.testing.assert_array_equal(got, want)
    _, grads = discriminator_loss_by_hand(middle, x)
    for got, old, grad in zip(weights_of(once)[4:], middle[4:], grads, strict=True):
        np.testing.assert_allclose(got, old - 0.25 * grad, rtol=1e-4, atol=1e-6)


def test_step_1_is_an_mlp():
    x, _ = quadruples(16)
    x, y = x[:, 0, 0], np.arange(16) % 2
    fada, plain = built(FADA(seed=1), step=1), built(MLP(seed=1))
    frozen = fada.discriminator.get_weights()
    for _ in range(3):
        logs = [model.train_on_batch(x, y, return_dict=True) for model in (fada, plain)]
    assert logs[0] == logs[1]
    assert set(logs[0]) == {"loss", "ua"}
    for one, other in zip(fada.classifier_weights, plain.classifier_weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for old, new in zip(frozen, fada.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_weights_of_examples_weigh_in_the_classification_alone():
    x, y = quadruples(4)
    model = small(refreshes=0, gamma=0.0)
    before = weights_of(model)
    weights = np.zeros(y.shape, np.float32)
    weights[:2] = 2.0
    logs = model.train_on_batch(x, y, sample_weight=weights, return_dict=True)
    half = adaptation_loss_by_hand(before, x[:2], y[:2], 0.0)
    assert logs["loss"] == pytest.approx(half, rel=1e-5)


def test_a_stack_equals_its_single_models():
    x, y = (np.stack([part, part[::-1]]) for part in quadruples(6, classes=3))
    stack = built(FADA(3, replicas=2, seed=[4, 5]))
    singles = [built(FADA(3, seed=seed)) for seed in (4, 5)]
    for _ in range(5):
        stack.train_on_batch(x, y)
        for replica, single in enumerate(singles):
            single.train_on_batch(x[replica], y[replica])
    for replica, single in enumerate(singles):
        for many, one in zip(stack.get_weights(), single.get_weights(), strict=True):
            np.testing.assert_array_equal(many[replica], one[0])


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(1, 6), min_size=4, max_size=6).filter(lambda c: len(c) % 2 == 0),
    quads=st.integers(1, 9),
    balance=st.sampled_from(ClassBalance),
    seed=st.integers(0, 99),
)
def test_pairs_are_of_their_group(counts, quads, balance, seed):
    classes = len(counts) // 2
    categories = np.repeat(np.arange(2 * classes), counts)
    stream = PairStream(categories, classes, quads, np.random.default_rng(seed), balance)
    pairs = stream.take(3)
    assert pairs.shape == (3, quads, 4, 2)
    domain, label = categories[pairs] // classes, categories[pairs] % classes
    assert (domain[..., 0] == Domain.SOURCE).all()
    second = [Domain.SOURCE, Domain.TARGET, Domain.SOURCE, Domain.TARGET]
    assert (domain[..., 1] == second).all()
    assert ((label[..., 0] == label[..., 1]) == [True, True, False, False]).all()
    alone = np.array(counts)[categories[pairs[:, :, Group.G1, 0]]] == 1
    itself = pairs[:, :, Group.G1, 0] == pairs[:, :, Group.G1, 1]
    np.testing.assert_array_equal(itself, alone)  # with itself only where there is no other
    if balance is ClassBalance.BATCHES:
        for group in Group:
            kinds = label[:, :, group, 0] * classes + label[:, :, group, 1]
            number = classes if group < Group.G3 else classes * (classes - 1)
            shares = np.array([np.count_nonzero(kinds == kind) for kind in np.unique(kinds)])
            assert shares.sum() == 3 * quads
            assert shares.max() - 3 * quads / number < 1


def test_unbalanced_pairs_are_uniform_over_their_group():
    categories = np.repeat([0, 1, 2, 3], [3, 1, 1, 2])
    stream = PairStream(categories, 2, 30_000, np.random.default_rng(0), ClassBalance.NONE)
    (pairs,) = stream.take(1)
    # G2: 3 × 1 pairs of class 0 and 1 × 2 of class 1; G4: 3 × 2 and 1 × 1
    for group, expected in ((Group.G2, 3 / 5), (Group.G4, 6 / 7)):
        share = np.mean(categories[pairs[:, group, 0]] == 0)
        assert share == pytest.approx(expected, abs=0.01)


def test_pairs_are_drawn_anew_and_repeatably():
    categories = relabel(np.arange(40) % 2, np.arange(40) // 30, 2)
    first, again = (PairStream(categories, 2, 8, np.random.default_rng(1)) for _ in range(2))
    one, two = first.take(1), first.take(1)
    assert (one != two).any()
    np.testing.assert_array_equal(one, again.take(1))


def test_save_and_load_without_custom_objects(tmp_path):
    x, y = quadruples(8, classes=3)
    model = FADA(3, hidden=(8,), discriminator_hidden=(5,), gamma=0.7, refreshes=2, seed=2)
    model.compile(FusedAdam(0.01), FusedAdam(0.02), step=3)
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert (loaded.gamma, loaded.refreshes, loaded.step) == (0.7, 2, 3)
    for either in (model, loaded):
        either.train_on_batch(x, y)
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gamma": -1}, "Expected none below 0"),
        ({"refreshes": -1}, "Expected none below 0"),
        ({"discriminator_hidden": (0,)}, "positive layer widths"),
    ],
)
def test_arguments_that_make_no_model(arguments, message):
    with pytest.raises(ValueError, match=message):
        FADA(**arguments)


def test_compile_says_what_is_wrong():
    shared = FusedAdam()
    with pytest.raises(ValueError, match="two optimizers"):
        FADA().compile(shared, shared)
    with pytest.raises(ValueError, match="step 1, 2 or 3"):
        FADA().compile(step=4)


def test_adaptation_makes_cross_domain_pairs_pass_for_source_pairs():
    """With a strong γ and a fixed discriminator, step 3 does what L_gh asks for."""
    x, y = quadruples(12)
    model = built(FADA(hidden=(32,), gamma=5.0, refreshes=0, seed=1), step=2)
    model.compile(discriminator_optimizer=FusedAdam(0.01), step=2)
    model.fit(np.tile(x, (100, 1, 1, 1)), np.tile(y, (100, 1, 1)), 12, shuffle=False, verbose=0)
    model.compile(FusedAdam(0.01), step=3)

    def said():
        embeddings = model.embed(tf.constant(x[None]))
        phi = tf.reshape(embeddings, [1, -1, 64])
        return softmax(model.discriminator(phi).numpy()[0].reshape(12, 4, 4)).mean(0)

    before = said()
    model.fit(np.tile(x, (60, 1, 1, 1)), np.tile(y, (60, 1, 1)), 12, shuffle=False, verbose=0)
    after = said()
    for group, wanted in ((Group.G2, Group.G1), (Group.G4, Group.G3)):
        assert before[group].argmax() == group
        assert after[group, wanted] > before[group, wanted] + 0.3
