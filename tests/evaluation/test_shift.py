"""Domain shift: the measures by hand, a run's networks reproduced, and the two programs."""

import dataclasses
import math
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers import main, write_tables
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.errors import InputError
from cada_tf.evaluation.domain_shift import centroid_distance, decompose, mmd, proxy_a_distance
from cada_tf.methods import METHODS
from cada_tf.models.forward import embed
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from figures import domain_shift, encoder_space
from figures.networks import networks_of, sample_by_class, scaled

CELLS = [
    Cell("all-source", None),
    *(Cell(method, 12) for method in ("fine-tune", "fada", "cada", "label-target")),
    Cell("all-target", None),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two trials of three folds, of encoders with two layers."""
    folder = tmp_path_factory.mktemp("shift")
    main(
        *write_tables(folder, counts=(36, 30)),
        *("--methods=" + ",".join(cell.method for cell in CELLS), "--examples=12"),
        *("--examples_are=per-class", "--trials=2", "--folds=3", "--max_epochs=3"),
        *("--hidden=8,6", "--fada_discriminator_epochs=2", "--fada_epochs=2", "--jobs=1"),
        f"--output_dir={folder}/run",
    )
    return folder / "run"


@pytest.fixture
def broken(run, tmp_path):
    """The same run without the network of CADA's fold 1."""
    shutil.copytree(run, tmp_path / "broken")
    archive = Archive(tmp_path / "broken")
    remove(archive, Cell("cada", 12), [1])
    return archive


def remove(archive, cell, folds):
    record = archive.load(cell)
    for values in record.weights:
        values[folds] = np.nan
    archive.path(cell).write_bytes(record.to_bytes())


def test_mmd_by_hand():
    """Squared distances: 1, 16, 9 within x, 1 within y, 4, 9, 1, 4, 4, 1 between."""
    x, y = np.array([[0], [1], [4]]), np.array([[2], [3]])
    width = 2 * np.median([1, 16, 9, 1, 4, 9, 1, 4, 4, 1])

    def mean(*squares):
        return np.mean([math.exp(-square / width) for square in squares])

    expected = mean(1, 16, 9) + mean(1) - 2 * mean(4, 9, 1, 4, 4, 1)
    assert mmd(x, y) == pytest.approx(expected)
    assert mmd(y, x) == pytest.approx(expected)
    assert mmd(1000 * x - 5, 1000 * y - 5) == pytest.approx(expected)
    assert math.isnan(mmd(x, y[:1]))
    assert mmd(np.zeros((3, 2)), np.zeros((4, 2))) == 0


@given(st.integers(0, 2**32 - 1))
def test_mmd_is_zero_in_the_mean_within_a_distribution(seed):
    rng = np.random.default_rng(seed)
    values = [mmd(rng.normal(size=(20, 3)), rng.normal(size=(12, 3))) for _ in range(60)]
    assert abs(np.mean(values)) < 6 * np.std(values) / math.sqrt(len(values))
    assert min(values) < 0 < max(values)


def test_measures_grow_with_the_shift():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 4)), rng.normal(size=(60, 4))
    for measure in (mmd, proxy_a_distance, centroid_distance):
        values = [measure(x, y + shift * np.eye(4)[0]) for shift in (0, 1, 2, 4)]
        assert values == sorted(values)
        assert len(set(values)) == 4


def test_proxy_a_distance_at_its_ends():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 400, 3))
    assert proxy_a_distance(x, y) == pytest.approx(0, abs=0.25)
    assert proxy_a_distance(x, y[:40]) == pytest.approx(0, abs=0.5)  # sizes are no help
    assert proxy_a_distance(x, y[:40] + 100) == 2
    assert proxy_a_distance(x, y) == proxy_a_distance(x, y, seed=0)
    assert math.isnan(proxy_a_distance(x, y[:1]))


def test_centroid_distance_by_hand():
    x, y = np.array([[0, 0], [2, 0]]), np.array([[1, 3], [1, 5]])
    assert centroid_distance(x, y) == 4  # radius 1
    assert math.isnan(centroid_distance(x[:1], y))


def test_classes_may_differ_where_the_domains_do_not():
    """Class 0 of one domain lies where class 1 of the other does: no marginal shift."""
    rng = np.random.default_rng(0)
    ys, yt = np.repeat([0, 1], 100), np.repeat([0, 1], 60)
    xs, xt = rng.normal(size=(200, 2)), rng.normal(size=(120, 2))
    xs[ys == 0] += 10
    xt[yt == 1] += 10
    shift = decompose(mmd, xs, ys, xt, yt)
    assert abs(shift.marginal) < 0.05
    assert min(shift.classes) > 0.5
    assert shift.conditional == np.mean(shift.classes)
    assert shift.classes == (mmd(xs[:100], xt[:60]), mmd(xs[100:], xt[60:]))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.method)
def test_the_networks_answer_as_they_did_in_the_run(run, cell):
    """From the files alone: the embeddings are the encoder's, the answers those kept."""
    archive = Archive(run)
    problem, classes = archive.problem, 2
    networks = networks_of(archive, cell)
    assert list(networks) == [0, 1, 2]
    for fold, weights in networks.items():
        split = problem.split(0, fold)
        xs, xt = scaled(cell, problem, archive.config, split)
        model = METHODS[cell.method].network_class(classes=classes, hidden=(8, 6))
        model.build((None, xt.shape[1]))
        model.set_classifiers([weights])
        for x in (xs, xt):
            np.testing.assert_allclose(embed(weights, x), model.encoder(x[None])[0], atol=1e-5)
        assert (embed(weights, xt) > 0).any()
        logits = embed(weights, xt[split.test]) @ weights[-2] + weights[-1]
        kept = archive.load(cell).y_pred[0, split.test]
        np.testing.assert_array_equal(logits.argmax(axis=1) % classes, kept)


def test_both_corpora_are_on_the_networks_scale(run):
    archive = Archive(run)
    problem, split = archive.problem, archive.problem.split(0, 1)
    by_method = {c.method: scaled(c, problem, archive.config, split) for c in CELLS}
    for method in ("all-source", "fine-tune", "fada", "cada"):
        xs, xt = by_method[method]
        np.testing.assert_allclose([xs.min(axis=0), xs.max(axis=0)], [[-1] * 62, [1] * 62], 1e-5)
        assert np.abs(xt).max() > 1
    xs, xt = by_method["all-target"]
    trained = xt[split.train]
    np.testing.assert_allclose([trained.min(0), trained.max(0)], [[-1] * 62, [1] * 62], 1e-5)
    factors = (xs[0] - xs[1]) / (problem.source.features[0] - problem.source.features[1])
    theirs = (xt[0] - xt[1]) / (problem.target.features[0] - problem.target.features[1])
    np.testing.assert_allclose(factors, theirs, 1e-2)


def test_a_sample_keeps_the_classes_shares():
    labels = np.repeat([1, 0, 2], [300, 100, 1])
    sample = sample_by_class(labels, 40, seed=0)
    np.testing.assert_array_equal(np.bincount(labels[sample]), [10, 30, 1])
    assert len(set(sample)) == len(sample)
    np.testing.assert_array_equal(sample, sample_by_class(labels, 40, seed=0))
    np.testing.assert_array_equal(sample_by_class(labels, 1000, seed=0), np.arange(401))


def test_the_program_domain_shift(run, forked, tmp_path):
    arguments = [f"--results={run}", "--examples=12", f"--output={tmp_path}/shift"]
    status, out, err = forked("figures.domain_shift", *arguments)
    assert (status, err) == (0, "")
    assert "100 of 100 source utterances against" in out
    assert [line.split("/")[-1] for line in out.splitlines()[-3:]] == [
        *("shift.csv", "shift.png", "shift.pdf")
    ]
    table = pd.read_csv(tmp_path / "shift.csv")
    spaces = ["features", "all-source", "fine-tune", "fada", "cada"]
    assert len(table) == len(spaces) * 3 * 2 * 4
    assert list(table["space"].unique()) == spaces
    wide = table.pivot(index=["measure", "space", "fold"], columns="part", values="value")
    assert wide["class-conditional"].to_numpy() == pytest.approx(
        wide[["negative", "positive"]].mean(axis=1).to_numpy()
    )
    # The made target is far from the made source, in the features above all.
    values = wide["marginal"]["PAD"]["features"]
    assert values.min() > 1
    shown = f"{values.mean():.3f}±{values.std(ddof=1):.3f}"
    (line,) = (line for line in out.split("PAD: ")[1].splitlines() if line.startswith("features"))
    assert line.split()[1] == shown


def test_the_program_encoder_space(run, forked, tmp_path):
    arguments = [f"--results={run}/results.csv", "--examples=12", "--fold=2"]
    status, out, err = forked("figures.encoder_space", *arguments, f"--output={tmp_path}/space.pdf")
    assert (status, err) == (0, "")
    assert "100 of 100 source utterances, 22 test utterances and 24 labelled examples" in out
    assert [line.split(":")[0] for line in out.splitlines()[3:]] == [
        *("all-source (before)", "CADA", "figure", "figure")
    ]
    assert (tmp_path / "space.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_not_there_is_left_out_and_said(broken):
    cell, other = Cell("cada", 12), Cell("all-source", None)
    table = domain_shift.measure(broken, [other, cell])
    assert set(table["fold"][table["space"] == "cada"]) == {0, 2}
    lines = domain_shift.describe(broken, [other, cell], table)
    assert lines[-1] == "INCOMPLETE: CADA has 2 of 3 folds"
    with pytest.raises(InputError, match=r"a network of cada \(0, 2\), found 1\. Choose"):
        encoder_space.space_of(broken, cell, 1, 12)
    remove(broken, cell, [0, 1, 2])
    with pytest.raises(InputError, match=r"cada-12\.npz: expected a network of the first trial"):
        networks_of(broken, cell)


def test_spaces_of_many_classes_are_drawn(tmp_path):
    """Six of them, with names that could be taken for mathematics."""
    rng, classes = np.random.default_rng(0), tuple(f"${k}_$" for k in range(6))
    groups = np.repeat(["source", "test", "examples"], [60, 24, 12])
    space = encoder_space.Space(rng.normal(size=(96, 5)), np.arange(96) % 6, groups)
    spaces = {"one": space, "two": dataclasses.replace(space, points=rng.normal(size=(96, 3)))}
    files = encoder_space.draw(["a$b$"], spaces, classes, tmp_path / "space")
    assert [file.name for file in files] == ["space.png", "space.pdf"]
    before = [file.read_bytes() for file in files]
    encoder_space.draw(["a$b$"], spaces, classes, tmp_path / "space")
    assert [file.read_bytes() for file in files] == before
    told = encoder_space.tell_distances(spaces, classes)
    assert [line.count("$") for line in told] == [0, 12, 12]
