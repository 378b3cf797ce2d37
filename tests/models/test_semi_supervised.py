"""Networks that use unlabelled examples, or align embeddings: held against gradients by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import FEATURES, built, softmax

from cada_tf import CADA, MLP, FusedAdam, swap
from cada_tf.models.cada_semi import CADASemi
from cada_tf.models.ccsa import CCSA
from cada_tf.models.dann import DANN
from cada_tf.models.deep_coral import DeepCORAL
from cada_tf.models.dsne import DSNE
from cada_tf.models.layers import Ramp
from cada_tf.models.mean_teacher import MeanTeacher
from cada_tf.models.self_training import SelfTraining
from cada_tf.models.unweighted_accuracy import UnweightedAccuracy

RATE = 0.5
L, U = 12, 9
"""Labelled and unlabelled examples of a mini-batch."""
NETWORKS = [SelfTraining, CADASemi, MeanTeacher, DANN, DeepCORAL, CCSA, DSNE]
IN_BRIEF = [
    network
    if network in (CADASemi, MeanTeacher, DANN)
    else pytest.param(network, marks=pytest.mark.exhaustive)
    for network in NETWORKS
]
"""One of each kind, and the others in an exhaustive run alone."""


def mini_batch(classes=2, labelled=L, unlabelled=U, seed=0):
    """Examples ``[n, 8]`` and categories of all kinds, the labelled ones first, then -1."""
    rng = np.random.default_rng([seed, classes])
    x = rng.normal(size=(labelled + unlabelled, FEATURES)).astype(np.float32)
    d = np.arange(labelled) % (2 * classes)
    return x, np.concatenate([d, np.full(unlabelled, -1)]).astype(np.int32)


def shuffled(x, d, seed=0):
    order = np.random.default_rng(seed).permutation(len(d))
    return x[order], d[order]


def one_hot(y, classes):
    return np.eye(classes)[y]


def parts_of(*layers):
    """Weights without the replica axis, double precision: the encoder's and the predictor's."""
    return [w.numpy()[0].astype(np.float64) for layer in layers for w in layer.weights]


def student_of(model):
    return parts_of(model.encoder, model.predictor)


def embed(weights, x):
    return np.maximum(x @ weights[0] + weights[1], 0)


def logits_of(weights, x):
    return embed(weights, x) @ weights[2] + weights[3]


def backward(weights, x, on_logits=None, on_embeddings=None):
    """Gradients of [W, b, V, c] by the chain rule, from those on logits and on embeddings."""
    w, _, v, c = weights
    h = embed(weights, x)
    on_logits = np.zeros((len(x), c.shape[1])) if on_logits is None else on_logits
    hidden = on_logits @ v.T + (0 if on_embeddings is None else on_embeddings)
    hidden = hidden * (h > 0)
    assert hidden.shape[1] == w.shape[1]
    return [
        *(x.T @ hidden, hidden.sum(0, keepdims=True)),
        *(h.T @ on_logits, on_logits.sum(0, keepdims=True)),
    ]


def cross_entropy_on_logits(weights, x, targets, of_examples):
    """∂/∂logits of Σ_i ω_i −log p_i[t_i]: ω_i (p_i − onehot(t_i))."""
    p = softmax(logits_of(weights, x))
    return of_examples[:, None] * (p - one_hot(targets, p.shape[1]))


def descended(weights, gradients, rate=RATE):
    return [w - rate * g for w, g in zip(weights, gradients, strict=True)]


def assert_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-6)


def assert_same(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def sgd(network, classes=2, **options):
    """A network with one hidden layer, and SGD for each of its optimizers; not traced."""
    rates = {name: keras.optimizers.SGD(RATE) for name in network.compile_arguments}
    model = network(classes, hidden=(7,), seed=1, **options)
    return built(model, run_eagerly=True, **rates)


# Pseudo-labels.


def pseudo_labels_by_hand(logits, classes, threshold, balanced):
    """ŷ_j and c_j from logits ``[U, D C]``, one example after the other."""
    pseudo, certainty = [], []
    for row in logits:
        best = [max(row[c::classes]) for c in range(classes)]
        p = np.exp(best) / np.exp(best).sum()
        pseudo.append(int(np.argmax(p)))
        c = (classes * max(p) - 1) / (classes - 1)
        certainty.append(c if c >= threshold else 0.0)
    pseudo, certainty = np.array(pseudo), np.array(certainty)
    if balanced:
        sums = [certainty[pseudo == c].sum() for c in range(classes)]
        found = [c for c in range(classes) if sums[c] > 0]
        for c in found:
            certainty[pseudo == c] *= sum(sums) / len(found) / sums[c]
    return pseudo, certainty


PSEUDO = [
    {"threshold": 0.0, "balanced": False},
    {"threshold": 0.0, "balanced": True},
    {"threshold": 0.3, "balanced": True},
    {"threshold": 0.3, "balanced": False},
    {"threshold": 1.0, "balanced": True},
]


@pytest.mark.parametrize("options", PSEUDO, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("network", [SelfTraining, CADASemi])
def test_pseudo_labels_by_hand(network, classes, options):
    model = sgd(network, classes, **options)
    x, _ = mini_batch(classes, 0, 40)
    logits = logits_of(student_of(model), x)
    pseudo, certainty = pseudo_labels_by_hand(logits, classes, **options)
    found = model.pseudo_labels(x[None])
    np.testing.assert_array_equal(found[0][0], pseudo)
    np.testing.assert_allclose(found[1][0], certainty, rtol=1e-3, atol=1e-5)
    if options["threshold"] == 1:
        assert not certainty.any()
    elif options["balanced"]:
        sums = [certainty[pseudo == c].sum() for c in np.unique(pseudo[certainty > 0])]
        assert len(sums) > 1
        np.testing.assert_allclose(sums, sums[0])


@pytest.mark.parametrize("options", PSEUDO, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_updates_of_self_training(classes, options):
    """Three steps, in which the weight grows from 0."""
    model = sgd(SelfTraining, classes, weight=0.7, ramp=4, **options)
    weights, x, d = student_of(model), *mini_batch(classes)
    for step in range(3):
        share = 1 - np.exp(-5 * step / 4)
        pseudo, certainty = pseudo_labels_by_hand(logits_of(weights, x[L:]), classes, **options)
        targets = np.concatenate([d[:L] % classes, pseudo])
        omega = np.concatenate([np.full(L, 1 / L), 0.7 * share * certainty / U])
        log_p = np.log(softmax(logits_of(weights, x)))
        loss = -(omega * log_p[np.arange(L + U), targets]).sum()
        on_logits = cross_entropy_on_logits(weights, x, targets, omega)
        weights = descended(weights, backward(weights, x, on_logits))
        logged = model.train_on_batch(*shuffled(x, d, step), return_dict=True)
        assert_close(student_of(model), weights)
        model.reset_metrics()
        assert logged["loss"] == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize("options", PSEUDO, ids=str)
@pytest.mark.parametrize(("classes", "steps"), [(2, 1), (3, 1), (2, 2)])
def test_updates_of_cada_semi_are_eqs_2_and_3(classes, steps, options):
    model = sgd(CADASemi, classes, weight=0.7, ramp=2, adversarial_steps=steps, **options)
    weights, x, d = student_of(model), *mini_batch(classes)
    for step in range(2):
        share = 1 - np.exp(-5 * step / 2)
        pseudo, certainty = pseudo_labels_by_hand(logits_of(weights, x[L:]), classes, **options)
        targets = np.concatenate([d[:L], classes + pseudo])  # the target's categories
        omega = np.concatenate([np.full(L, 1 / L), 0.7 * share * certainty / U])
        on_logits = cross_entropy_on_logits(weights, x, targets, omega)
        weights = descended(weights, backward(weights, x, on_logits))
        for _ in range(steps):  # Eq. (3), of the encoder alone
            on_logits = cross_entropy_on_logits(weights, x, swap(targets, classes), omega)
            gradients = backward(weights, x, on_logits)
            weights = [*descended(weights[:2], gradients[:2]), *weights[2:]]
        model.train_on_batch(*shuffled(x, d, step))
        assert_close(student_of(model), weights)


def test_pseudo_labels_of_several_sources_are_of_the_target():
    model = sgd(CADASemi, sources=2)
    weights, (x, _) = student_of(model), mini_batch()
    d = np.concatenate([np.arange(L) % 6, np.full(U, -1)]).astype(np.int32)
    omega = np.full(L + U, 1 / L)
    pseudo, certainty = pseudo_labels_by_hand(logits_of(weights, x[L:]), 2, 0.0, True)
    omega[L:] = certainty / U
    targets = np.concatenate([d[:L], 4 + pseudo])
    gradients = backward(weights, x, cross_entropy_on_logits(weights, x, targets, omega))
    model.train_on_batch(x, d)
    assert_close(student_of(model)[2:], descended(weights, gradients)[2:])


def test_weights_of_examples_are_of_the_labelled_ones():
    x, d = mini_batch()
    given = np.random.default_rng(3).uniform(0, 2, L + U).astype(np.float32)
    other = np.where(d < 0, 9, given).astype(np.float32)
    for network in NETWORKS:
        one, two = sgd(network), sgd(network)
        one.train_on_batch(x, d, sample_weight=given)
        two.train_on_batch(x, d, sample_weight=other)
        assert_same(one.get_weights(), two.get_weights())
    model = sgd(SelfTraining, threshold=1.0)  # no pseudo-label counts
    weights = student_of(model)
    omega = np.concatenate([given[:L] / L, np.zeros(U)])
    on_logits = cross_entropy_on_logits(weights, x, np.maximum(d, 0) % 2, omega)
    model.train_on_batch(*(part[::-1] for part in (x, d)), sample_weight=given[::-1])
    assert_close(student_of(model), descended(weights, backward(weights, x, on_logits)))


# Mean teacher.


def test_updates_of_mean_teacher():
    model = sgd(MeanTeacher, 3, weight=2.0, ramp=3, decay=0.7)
    x, d = mini_batch(3)
    weights = student_of(model)
    teacher = weights
    assert_same(parts_of(*model.teacher), teacher)  # of one mind to begin with
    for step in range(6):
        share = 1 - np.exp(-5 * step / 3)
        s, t = (softmax(logits_of(w, x[L:])) for w in (weights, teacher))
        on_p = 2.0 * share * 2 * (s - t) / U
        on_logits = cross_entropy_on_logits(weights, x[:L], d[:L] % 3, np.full(L, 1 / L))
        consistency = s * (on_p - (s * on_p).sum(1, keepdims=True))
        gradients = backward(weights, x, np.concatenate([on_logits, consistency]))
        weights = descended(weights, gradients)
        decay = min(0.7, step / (step + 1))
        teacher = [decay * old + (1 - decay) * w for old, w in zip(teacher, weights, strict=True)]
        model.reset_metrics()
        logged = model.train_on_batch(*shuffled(x, d, step), return_dict=True)
        assert_close(student_of(model), weights)
        assert_close(parts_of(*model.teacher), teacher)
        squares = ((s - t) ** 2).sum(1).mean()
        assert logged["consistency_loss"] == pytest.approx(squares, rel=1e-3, abs=1e-9)
        assert (squares > 1e-6) == (step > 1), "nothing was taught"
    # The teacher classifies, and it is what goes into a model file.
    np.testing.assert_allclose(np.array(model(x)), logits_of(teacher, x), rtol=1e-3, atol=1e-5)
    assert_close(model.get_classifiers()[0], teacher)


def test_teacher_and_student_are_given_noise_of_their_own():
    x, d = mini_batch()
    quiet, noisy = (sgd(MeanTeacher, input_noise=noise) for noise in (0, 0.3))
    assert quiet.train_on_batch(x, d, return_dict=True)["consistency_loss"] == 0
    assert noisy.train_on_batch(x, d, return_dict=True)["consistency_loss"] > 1e-5


def test_a_mean_teacher_goes_on_from_given_classifiers():
    start, model = sgd(MLP), sgd(MeanTeacher)
    model.train_on_batch(*mini_batch())
    model.set_classifiers(start.get_classifiers())
    for parts in (student_of(model), parts_of(*model.teacher)):
        assert_same(parts, student_of(start))


# Losses on embeddings.


def source_and_target(d, classes=2):
    """Positions of the source's examples, and of the target's, unlabelled ones included."""
    source = (d >= 0) & (d < classes)
    return np.flatnonzero(source), np.flatnonzero(~source)


def coral_by_hand(z, d, classes):
    """Deep CORAL as published (its Eqs. 1 to 3 and 6), and its gradient on embeddings."""
    source, target = source_and_target(d, classes)
    units, covariances, on_z = z.shape[1], [], np.zeros_like(z)
    for rows in (source, target):
        data, ones = z[rows], np.ones((1, len(rows)))
        means = (ones @ data).T @ (ones @ data) / len(rows)
        covariances.append((data.T @ data - means) / (len(rows) - 1))
    difference = covariances[0] - covariances[1]
    for rows, sign in ((source, 1), (target, -1)):
        centred = z[rows] - z[rows].mean(0)
        on_z[rows] = sign * centred @ difference / (len(rows) - 1) / units**2
    return (difference**2).sum() / (4 * units**2), on_z


def ccsa_by_hand(z, d, classes, margin=1.0):
    """CCSA's contrastive loss, pair by pair, and its gradient on embeddings."""
    value, on_z, pairs = 0.0, np.zeros_like(z), 0
    for i in np.flatnonzero((d >= 0) & (d < classes)):
        for j in np.flatnonzero(d >= classes):
            difference = z[i] - z[j]
            distance = np.sqrt((difference**2).sum())
            pairs += 1
            if d[i] % classes == d[j] % classes:
                value += distance**2
                step = 2 * difference
            else:
                gap = max(0, margin - distance)
                value += gap**2
                step = -2 * gap * difference / distance
            on_z[i] += step
            on_z[j] -= step
    return value / pairs, on_z / pairs


def dsne_by_hand(z, d, classes, margin=1.0):
    """d-SNE's loss, target example by target example, and its gradient on embeddings."""
    value, on_z, targets = 0.0, np.zeros_like(z), np.flatnonzero(d >= classes)
    source = np.flatnonzero((d >= 0) & (d < classes))
    for j in targets:
        squared = {i: ((z[i] - z[j]) ** 2).sum() for i in source}
        farthest = max((i for i in source if d[i] == d[j] % classes), key=squared.get)
        nearest = min((i for i in source if d[i] != d[j] % classes), key=squared.get)
        hinge = max(0, squared[farthest] - squared[nearest] + margin)
        value += hinge
        if hinge:
            for i, sign in ((farthest, 1), (nearest, -1)):
                on_z[i] += sign * 2 * (z[i] - z[j])
                on_z[j] -= sign * 2 * (z[i] - z[j])
    return value / len(targets), on_z / len(targets)


BY_HAND = {DeepCORAL: coral_by_hand, CCSA: ccsa_by_hand, DSNE: dsne_by_hand}
MARGINS = [(CCSA, {"margin": m}) for m in (0.0, 2.5)] + [(DSNE, {"margin": m}) for m in (0.0, 9.0)]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("network", "options"), [*((n, {}) for n in BY_HAND), *MARGINS], ids=str)
def test_losses_on_embeddings_by_hand(network, options, classes):
    """The value and the gradient, and that of finite differences."""
    model, (x, d) = sgd(network, classes, **options), mini_batch(classes)
    weights = student_of(model)
    z = embed(weights, x)
    value, on_z = BY_HAND[network](z, d, classes, **options)
    y, domains = np.where(d < 0, -1, d % classes), np.where(d < 0, -1, d // classes)
    with tf.GradientTape() as tape:
        given = tf.constant(z[None], tf.float32)
        tape.watch(given)
        found = model.alignment(given, tf.constant(y[None]), tf.constant(domains[None]))
    np.testing.assert_allclose(found, [value], rtol=1e-4)
    np.testing.assert_allclose(tape.gradient(found, given)[0], on_z, rtol=1e-3, atol=1e-5)
    direction = np.random.default_rng(0).normal(size=z.shape)
    ahead, behind = (
        BY_HAND[network](z + step * direction, d, classes, **options)[0] for step in (1e-6, -1e-6)
    )
    np.testing.assert_allclose((ahead - behind) / 2e-6, (on_z * direction).sum(), rtol=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("network", BY_HAND)
def test_updates_of_losses_on_embeddings(network, classes):
    """Cross-entropy and loss on embeddings, the weight of which grows; the loss is logged."""
    model, (x, d) = sgd(network, classes, weight=0.3, ramp=2), mini_batch(classes)
    weights, share_of_ce = student_of(model), 0.7 if network is CCSA else 1.0
    for step in range(3):
        share = 1 - np.exp(-5 * step / 2)
        value, on_z = BY_HAND[network](embed(weights, x), d, classes)
        omega = np.where(d >= 0, share_of_ce / L, 0)
        log_p = np.log(softmax(logits_of(weights, x[:L])))
        loss = -log_p[np.arange(L), d[:L] % classes].mean()
        on_logits = cross_entropy_on_logits(weights, x, np.maximum(d, 0) % classes, omega)
        weights = descended(weights, backward(weights, x, on_logits, 0.3 * share * on_z))
        model.reset_metrics()
        logged = model.train_on_batch(*shuffled(x, d, step), return_dict=True)
        assert_close(student_of(model), weights)
        assert logged["alignment_loss"] == pytest.approx(value, rel=1e-3)
        assert logged["loss"] == pytest.approx(loss, rel=1e-4)


def test_an_update_of_dann_reverses_the_gradient():
    model, (x, d) = sgd(DANN, 3, weight=0.8, discriminator_hidden=(5,)), mini_batch(3)
    weights, own = student_of(model), parts_of(*model.discriminator.layers)
    for _ in range(2):
        z = embed(weights, x)
        source, target = source_and_target(d, 3)
        p = 1 / (1 + np.exp(-logits_of(own, z)))  # the probability that it is of the target
        truth, omega = np.zeros((L + U, 1)), np.zeros((L + U, 1))
        truth[target], omega[source], omega[target] = 1, 0.5 / len(source), 0.5 / len(target)
        value = -(omega * (truth * np.log(p) + (1 - truth) * np.log(1 - p))).sum()
        on_logit = omega * (p - truth)
        hidden = (on_logit @ own[2].T) * (embed(own, z) > 0)
        of_discriminator = [0.8 * g for g in backward(own, z, on_logit)]  # not reversed
        on_z = -0.8 * hidden @ own[0].T  # reversed
        ce = np.where(d >= 0, 1 / L, 0)
        on_logits = cross_entropy_on_logits(weights, x, np.maximum(d, 0) % 3, ce)
        weights = descended(weights, backward(weights, x, on_logits, on_z))
        own = descended(own, of_discriminator)
        model.reset_metrics()
        logged = model.train_on_batch(*shuffled(x, d), return_dict=True)
        assert_close(student_of(model), weights)
        assert_close(parts_of(*model.discriminator.layers), own)
        assert logged["alignment_loss"] == pytest.approx(value, rel=1e-4)


def test_the_discriminator_learns_and_the_encoder_hides():
    """Its loss falls by the step of the discriminator alone, and rises by that of the encoder."""
    x, d = mini_batch()
    y, domains = (np.where(d < 0, -1, part)[None] for part in (d % 2, d // 2))
    model = sgd(DANN, weight=1.0)
    model.predictor.kernel.assign(tf.zeros_like(model.predictor.kernel))  # no gradient of labels

    def loss():
        return float(model.alignment(model.encoder(x[None]), y, domains)[0])

    before, encoder = loss(), [w.numpy() for w in model.encoder.weights]
    own = [w.numpy() for w in model.discriminator.weights]
    model.optimizer.learning_rate = 0.05
    model.train_on_batch(x, d)
    learnt = [w.numpy() for w in model.discriminator.weights]
    for variable, value in zip(model.discriminator.weights, own, strict=True):
        variable.assign(value)
    assert loss() > before
    for variable, value in zip(model.discriminator.weights, learnt, strict=True):
        variable.assign(value)
    for variable, value in zip(model.encoder.weights, encoder, strict=True):
        variable.assign(value)
    assert loss() < before


# Limits.


@pytest.mark.parametrize("network", NETWORKS)
def test_weight_0_is_the_supervised_network(network):
    """To the bit, with noise, over several steps of Adam; the teacher of decay 0 is the student."""
    base = CADA if network is CADASemi else MLP
    options = {"hidden": (7, 5), "seed": 3, "input_noise": 0.3}
    model, plain = built(network(2, weight=0.0, ramp=5, **options)), built(base(2, **options))
    for step in range(6):
        x, d = mini_batch(seed=step)
        weights = np.random.default_rng(step).uniform(0.5, 2, L + U).astype(np.float32)
        model.train_on_batch(x, d, sample_weight=weights)
        plain.train_on_batch(x[:L], d[:L], sample_weight=weights[:L])
    assert_same(student_of(model), student_of(plain))
    if network is MeanTeacher:
        model = built(MeanTeacher(2, weight=0.0, decay=0.0, seed=3))
        model.train_on_batch(x, d)
        assert_same(parts_of(*model.teacher), student_of(model))


@pytest.mark.parametrize("network", [SelfTraining, CADASemi, MeanTeacher])
def test_unlabelled_examples_change_the_update(network):
    x, d = mini_batch()
    one, other = sgd(network, input_noise=0.2), sgd(network, input_noise=0.2)
    one.train_on_batch(x, d)
    x[L:] += 1
    other.train_on_batch(x, d)
    assert not np.array_equal(student_of(one)[0], student_of(other)[0])


@pytest.mark.parametrize("network", [CCSA, DSNE])
def test_unlabelled_examples_change_no_update_of_methods_that_need_labels(network):
    x, d = mini_batch()
    one, other = sgd(network), sgd(network)
    one.train_on_batch(x, d)
    x[L:] += 1
    other.train_on_batch(x, d)
    assert_same(student_of(one), student_of(other))


# Stacks.


def options_of(network):
    own = {MeanTeacher: {"decay": 0.6}, DANN: {"discriminator_hidden": (5, 4)}}
    ramp = {} if network in (CCSA, DSNE) else {"ramp": 4}
    return {"hidden": (16,), "input_noise": 0.2} | own.get(network, {}) | ramp


def state_of(model, replica):
    """All that one replica goes on from."""
    values = [tf.convert_to_tensor(variable).numpy() for variable in model.state]
    return [value[replica] if value.ndim else value for value in values]


@pytest.mark.parametrize("network", IN_BRIEF)
def test_a_stack_equals_its_single_models(network):
    """To the bit, also after one has left it: with ramp, teacher, discriminator and noise."""
    seeds, options = (4, 5, 6), options_of(network)
    stack = built(network(replicas=3, seed=seeds, **options))
    singles = [built(network(seed=seed, **options)) for seed in seeds]
    inside = [0, 1, 2]
    for step in range(8):
        if step == 4:
            inside = [2, 0]
            narrow = built(network(replicas=2, seed=(8, 9), **options))
            for model in (stack, narrow):
                model.build_optimizers()
            narrow.take_replicas(stack, inside)
            stack = narrow
        batches = [mini_batch(labelled=32, unlabelled=32, seed=10 * step + i) for i in range(3)]
        x, d = (np.stack([batches[i][part] for i in inside]) for part in range(2))
        stack.train_on_batch(x, d)
        for i in inside:
            singles[i].train_on_batch(*batches[i])
        for place, i in enumerate(inside):
            assert_same(state_of(stack, place), state_of(singles[i], 0))
    logits = np.array(stack(x))
    for place, i in enumerate(inside):
        np.testing.assert_array_equal(logits[place], np.array(singles[i](x[place])))


@pytest.mark.parametrize("network", NETWORKS)
def test_reset_makes_a_model_new(network):
    options = options_of(network)
    used, new = (built(network(seed=seed, **options)) for seed in (1, 9))
    x, d = mini_batch()
    used.train_on_batch(x, d)
    used.reset([9])
    for _ in range(3):
        for model in (used, new):
            model.train_on_batch(x, d)
    assert_same(state_of(used, 0), state_of(new, 0))


# As Keras's users use them.


@pytest.mark.parametrize("network", IN_BRIEF)
def test_fit_on_shuffled_examples(network, tmp_path):
    """Also where a mini-batch holds none of a kind; what is saved goes on as if uninterrupted."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, FEATURES)).astype(np.float32)
    y = x[:, :2].argmax(1)
    d = np.where(np.arange(90) < 40, y, np.where(np.arange(90) < 50, 2 + y, -1))
    keras.utils.set_random_seed(1)  # fit() shuffles
    model = network(2, **options_of(network), seed=0)
    model.compile(FusedAdam(0.01))
    history = model.fit(x, d, validation_data=(x, d), batch_size=7, epochs=15, verbose=0).history
    for name, values in history.items():
        assert np.isfinite(values).all(), name
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert history["ua"][-1] > 0.7
    assert {f"val_{name}" for name in ("loss", "ua")} <= set(history)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is network
    assert loaded.get_config() == model.get_config()
    for _ in range(2):
        for either in (model, loaded):
            either.train_on_batch(x, d)
    assert_same(state_of(model, 0), state_of(loaded, 0))
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))


KINDS = {
    "labelled alone": [0, 1, 2, 3, 1, 2],
    "unlabelled alone": [-1] * 5,
    "source alone": [0, 1, 0, 1],
    "target alone": [2, 3, -1, -1],
    "one class of the source": [0, 0, 3, 2, -1],
    "one": [0],
    "one unlabelled": [-1],
}


@pytest.mark.parametrize("weight", [0.0, 0.5])
@pytest.mark.parametrize("network", NETWORKS)
def test_any_mini_batch_leaves_finite_weights_and_losses(network, weight):
    model = sgd(network, weight=weight)
    for kind, d in KINDS.items():
        x = np.random.default_rng(0).normal(size=(len(d), FEATURES)).astype(np.float32)
        for batch_of in (model.train_on_batch, model.test_on_batch):
            logged = batch_of(x, np.array(d, np.int32), return_dict=True)
            assert all(np.isfinite(value) for value in logged.values()), (kind, logged)
        assert all(np.isfinite(w).all() for w in model.get_weights()), kind


@pytest.mark.parametrize("network", NETWORKS)
def test_get_config_makes_the_same_network(network):
    options = options_of(network) | {"weight": 0.4, "seed": 3, "name": "mine"}
    options |= {CCSA: {"margin": 0.5}, DSNE: {"margin": 0.5}}.get(network, {})
    options |= {SelfTraining: {"threshold": 0.2, "balanced": False}}.get(network, {})
    if network is CADASemi:
        options |= {"sources": 2, "adversarial_steps": 3, "threshold": 0.2, "balanced": False}
    model = network(3, **options)
    config = model.get_config()
    again = network.from_config(config)
    assert again.get_config() == config
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    assert config.items() >= listed.items()
    for one in (model, again):
        one.build((None, FEATURES))
    assert_same(model.get_weights(), again.get_weights())


@pytest.mark.parametrize("network", NETWORKS)
def test_metrics_count_labelled_examples_alone(network):
    """Of a network that always says class 0: a recall of 1 and of 0, whatever is unlabelled."""
    model = sgd(network)
    last = [model.predictor, *getattr(model, "teacher", [])[-1:]]
    for layer in last:
        layer.kernel.assign(tf.zeros_like(layer.kernel))
        layer.bias.assign(np.arange(layer.units, 0, -1)[None, None])
    x, d = mini_batch()
    for labels, ua in ((d, 0.5), (np.where(d >= 0, 2 * (d // 2), d), 1.0)):
        for unlabelled in (slice(None), slice(0, L + 1)):
            for batch_of in (model.test_on_batch, model.train_on_batch):
                model.optimizer.learning_rate = 0.0
                model.reset_metrics()
                logged = batch_of(x[unlabelled], labels[unlabelled], return_dict=True)
                assert logged["ua"] == pytest.approx(ua)
    losses = [
        model.evaluate(x[:n], d[:n], return_dict=True, verbose=0)["loss"] for n in (L, L + 3, L + U)
    ]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-6)


def test_unweighted_accuracy_leaves_the_unlabelled_out():
    metric = UnweightedAccuracy(3)
    metric.update_state(np.array([-1, -1]), np.eye(6, dtype=np.float32)[[0, 5]])
    assert float(metric.result()) == 0
    metric.update_state(np.array([0, 4, -1, 2]), np.eye(6, dtype=np.float32)[[3, 0, 1, 2]])
    assert float(metric.result()) == pytest.approx(2 / 3)
    np.testing.assert_array_equal(metric.total, [1, 1, 1])


def test_a_ramp_grows_from_0_to_1():
    ramp = Ramp(100)
    shares = [float(ramp.share()) for _ in range(102)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[100] == pytest.approx(0.99, abs=0.005)
    ramp.reset()
    assert float(ramp.share()) == 0
    assert [float(Ramp(0).share()) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        (SelfTraining, {"weight": -1}, "none below 0"),
        (DANN, {"ramp": -1}, "none below 0"),
        (SelfTraining, {"threshold": 1.5}, "share from 0 to 1"),
        (MeanTeacher, {"decay": 1.0}, "share from 0 to below 1"),
        (CCSA, {"weight": 1.5}, "share from 0 to 1"),
        (CCSA, {"margin": -1.0}, "none below 0"),
        (DSNE, {"margin": -1.0}, "none below 0"),
        (DANN, {"discriminator_hidden": (0,)}, "positive layer widths"),
    ],
)
def test_arguments_that_make_no_model(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        network(**arguments)
