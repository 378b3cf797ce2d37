"""The benchmark: the same work in each way, and the program from flags to figure."""

import itertools
import json
import math
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from helpers import finished, quadruples

from cada_tf import CADA, FADA, MLP
from cada_tf.errors import InputError
from experiments.benchmark.case import FEATURES, Case
from experiments.benchmark.kernels import PER_STEP, make_kernels
from experiments.benchmark.plain_keras import PlainCADA, PlainFADA, cross_entropy, examples, network
from experiments.benchmark.products import Product, prepare, products_of
from figures import benchmark as figure
from figures import command

SMALL = Case(method="cada", source=200, examples=4, hidden=8, replicas=2, epochs=1)


def adams(count):
    """As many of Keras's Adam, with the paper's ε, as ours has it."""
    return [keras.optimizers.Adam(epsilon=1e-8) for _ in range(count)]


def single(ours):
    """The weights of a stack of one as plain layers have them."""
    return [w[0, 0] if w.shape[1] == 1 else w[0] for w in ours.get_weights()]


def check_alike(plain, ours, x, y):
    """Trains both on ten mini-batches and compares all weights; ``ours`` says where they start."""
    plain.set_weights(single(ours))
    before = plain.get_weights()
    for step in range(10):
        rows = np.arange(16) + 16 * step
        plain.train_on_batch(x[rows], y[rows])
        ours.train_on_batch(x[rows], y[rows])
    for start, one, other in zip(before, plain.get_weights(), single(ours), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-5)
        assert np.abs(one - start).max() > 1e-3


def noise(*shape):
    return np.random.default_rng(0).normal(size=(*shape, FEATURES)).astype(np.float32)


def test_plain_keras_does_what_our_cada_does():
    ours, plain = CADA(hidden=(8,), seed=1), PlainCADA(8)
    ours.build((None, FEATURES))
    ours.compile()
    plain.compile(*adams(2))
    check_alike(plain, ours, noise(160), np.arange(160) % 4)


def test_plain_keras_does_what_our_fada_does():
    ours, plain = FADA(hidden=(8,), discriminator_hidden=(6, 5), seed=1), PlainFADA(8, (6, 5))
    ours.build((None, FEATURES))
    ours.compile()
    plain.compile(*adams(2))
    _, y = quadruples(160)
    check_alike(plain, ours, noise(160, 4, 2), y)


def test_plain_keras_does_what_our_supervised_systems_do():
    ours, plain = MLP(hidden=(8,), seed=1), network(FEATURES, 8, outputs=2)
    ours.build((None, FEATURES))
    ours.compile()
    plain.compile(*adams(1), cross_entropy)
    check_alike(plain, ours, noise(160), np.arange(160) % 2)


def test_an_epoch_of_plain_keras_has_as_many_mini_batches_as_ours():
    for method, each, size in (("all-source", (), 64), ("cada", (), 64), ("fada", (4, 2), 16)):
        case = Case(method=method, source=200, examples=4, hidden=8, replicas=1, epochs=1)
        x, y = examples(case)
        assert x.shape[1:] == (*each, FEATURES)
        assert y.shape == x.shape[:-1]
        assert math.ceil(len(x) / size) == case.steps == 4


def test_the_products_of_cada_by_hand():
    # Eq. 2, then Eq. 3: two forward passes, three gradients of weights (the predictor has none in
    # Eq. 3), and twice the gradient of what the encoder gives.
    encoder, predictor = 2 * 64 * 62 * 256, 2 * 64 * 256 * 4
    found = products_of("cada", 256)
    assert sum(p.flops for p in found) == 2 * (encoder + predictor) + (
        2 * encoder + predictor + 2 * predictor
    )
    assert sorted(found) == sorted(
        [Product(64, 62, 256), Product(64, 256, 4)] * 2
        + [Product(62, 64, 256, "left")] * 2
        + [Product(256, 64, 4, "left")]
        + [Product(64, 4, 256, "right")] * 2
    )


def test_the_products_of_the_others_by_hand():
    forward = 2 * 64 * (62 * 256 + 256 * 2)
    assert sum(p.flops for p in products_of("all-source", 256)) == 2 * forward + 2 * 64 * 256 * 2
    judge = 2 * (512 * 64 + 64 * 64 + 64 * 4)  # of a pair
    first = 2 * forward + 2 * 64 * 256 * 2 + 32 * 2 * judge
    second = 2 * 128 * 62 * 256 + 64 * (2 * judge + 2 * (64 * 64 + 64 * 4))
    assert sum(p.flops for p in products_of("fada", 256)) == first + second


def test_products_are_computed(monkeypatch):
    matmul, seen = np.matmul, []

    def record(left, right, out):
        seen.append((left, right, matmul(left, right, out=out).copy()))

    work = prepare(SMALL, 0)
    monkeypatch.setattr(np, "matmul", record)
    work()
    once = products_of("cada", SMALL.hidden)
    assert len(seen) == SMALL.epochs * SMALL.steps * len(once)
    for (left, right, out), p in zip(seen, itertools.cycle(once), strict=False):
        assert (left.shape, right.shape) == ((2, p.m, p.k), (2, p.k, p.n))
        np.testing.assert_allclose(out, left @ right, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a quick run writes."""
    folder = tmp_path_factory.mktemp("benchmark") / "new"
    status, out, err = finished(
        "experiments.benchmark",
        "--quick",
        "--sections=steps,kernels",
        "--jobs=2",
        f"--output={folder}",
    )
    assert status == 0, err
    assert "QUICK: sizes are tiny, and these numbers mean nothing." in out
    assert f"numbers: {folder}/benchmark.json" in out
    # Our own lines, one a measurement, none of TensorFlow's.
    assert err.count("\n") == 28 + len(PER_STEP) + 1
    assert all(line.endswith("µs a step a model") for line in err.splitlines())
    return folder


@pytest.mark.exhaustive
def test_the_record_agrees_with_itself(folder):
    record = json.loads((folder / "benchmark.json").read_text())
    assert record["quick"]
    assert record["versions"]["keras"] == keras.__version__
    assert set(record["systems"]) == {"all-source", "cada", "fada"}
    measured = [
        found for ways in record["growth"].values() for points in ways.values() for found in points
    ]
    for system in record["systems"].values():
        plain, ours, bare = (system[way] for way in ("plain", "stacks", "products"))
        assert system["plain_to_stacks"] == pytest.approx(plain["us"] / ours["us"])
        assert system["products_to_stacks"] == pytest.approx(bare["us"] / ours["us"])
        assert plain["us"] <= system["plain_slower"]["us"]
        assert plain["processes"] * plain["case"]["replicas"] == 1
        assert ours["processes"] == bare["processes"] == 2
        measured += [plain, ours, bare]
    for found in measured:
        case = found["case"]
        steps = case["steps"] * case["epochs"] * case["replicas"] * found["processes"]
        assert found["us"] == pytest.approx(1e6 * min(found["seconds"]) / steps)
        assert found["samples_per_second"] == pytest.approx(64e6 / found["us"])
        assert len(found["peak_mib"]) == found["processes"]
    assert record["peak_mib"]["stacks"] > record["peak_mib"]["plain"] > 0


@pytest.mark.exhaustive
def test_the_kernels_are_those_of_a_step(folder):
    record = json.loads((folder / "kernels.json").read_text())
    assert set(record["kernels"]) == set(PER_STEP)
    assert min(record["kernels"].values()) > 0
    kernels = make_kernels(SMALL, np.random.default_rng(0))
    shapes = {name: kernels[name]().shape.as_list() for name in PER_STEP}
    x, hidden, weights = [2, 64, FEATURES], [2, 64, 8], [2, FEATURES, 8]
    assert shapes.pop("examples of the mini-batch") == shapes.pop("noise") == x
    assert shapes.pop("encoder: product") == shapes.pop("encoder: bias and ReLU") == hidden
    assert shapes.pop("predictor: gradient of inputs") == hidden
    assert shapes.pop("encoder: gradient of weights") == weights
    assert shapes.pop("predictor: gradient of weights") == [2, 8, 4]
    assert shapes.pop("encoder: gradient of ReLU and bias") == [2, 1, 8]
    assert shapes.pop("predictor: product") == [2, 64, 4]
    assert shapes.pop("cross-entropy and its gradient") == [2, 64, 4]
    assert shapes == {"encoder: Adam": []}


@pytest.mark.exhaustive
def test_the_figure_is_drawn_from_the_record_alone(folder, tmp_path, monkeypatch, capsys):
    for output in (None, f"{tmp_path}/again"):
        given = SimpleNamespace(results=str(folder), output=output)
        for module in (figure, command):
            monkeypatch.setattr(module, "FLAGS", given)
        before = (folder / "benchmark.png").read_bytes(), (folder / "benchmark.pdf").read_bytes()
        figure.main()
        place = output or f"{folder}/benchmark"
        assert capsys.readouterr().out == f"figure: {place}.png\nfigure: {place}.pdf\n"
        again = [Path(f"{place}.{suffix}").read_bytes() for suffix in ("png", "pdf")]
        assert again == list(before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output=out", "--jobs=0"], "--jobs=0"),
        (["--output=setup.cfg"], "--output: expected a folder that can be written at setup.cfg"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, message):
    status, out, err = finished("experiments.benchmark", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_folder_without_a_benchmark(tmp_path):
    with pytest.raises(InputError, match="found: No such file"):
        figure.read(tmp_path)
    (tmp_path / "benchmark.json").write_text("[]")
    with pytest.raises(InputError, match="found: something else"):
        figure.read(tmp_path)
