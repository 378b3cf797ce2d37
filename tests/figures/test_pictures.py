"""Pictures of what a run kept: confusions, speakers, features, and paired differences."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import QUICK, main, table_of, write_tables
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure

from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.errors import InputError
from cada_tf.evaluation.effect_sizes import class_effects, cohens_d, domain_effects, measure
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.evaluation.significance import compare
from cada_tf.protocol.problem import LabelledSet, Problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.cell_record import MISSING
from cada_tf.runs.results import read_results, rows_of
from figures import cells, command, confusions, feature_differences, paired_differences, speakers
from figures.confusions import accuracy, confusion, draw_confusion, mean_and_std, shares

METHODS = ["all-source", "fine-tune", "cada"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of a run: two trials of two folds, 2 and 4 examples."""
    folder = tmp_path_factory.mktemp("pictures")
    tables = write_tables(folder, speakers=5)
    main(*tables, *QUICK, f"--methods={','.join(METHODS)}", f"--output_dir={folder}/out")
    return folder / "out"


class Given(SimpleNamespace):
    """Flags that were all given."""

    def __getitem__(self, name):
        return SimpleNamespace(using_default_value=False)


@pytest.fixture
def started(run, monkeypatch, capsys):
    """A program's main in this process, as if with these flags; returns what it prints."""
    modules = [command, cells, confusions, feature_differences, paired_differences]

    def start(program, **given):
        known = {"results": str(run), "output": None, "methods": [], "examples": None}
        known |= {"count": 20, "compare": "cada", "rival": None} | given
        for module in modules:
            monkeypatch.setattr(module, "FLAGS", Given(**known))
        program.main()
        return capsys.readouterr().out

    return start


def test_confusion_by_hand():
    truth = np.array([0, 0, 0, 1, 1, 2])
    guess = np.array([[0, 1, 2, 1, MISSING, 0], [0, 0, 0, 0, 1, MISSING]], np.int8)
    counts = confusion(truth, guess, 3)
    assert counts.tolist() == [
        [[1, 1, 1], [0, 1, 0], [1, 0, 0]],
        [[3, 0, 0], [1, 1, 0], [0, 0, 0]],
    ]
    np.testing.assert_allclose(shares(counts)[1], [[100, 0, 0], [50, 50, 0], [np.nan] * 3])
    np.testing.assert_allclose(accuracy(counts), [100 * (1 / 3 + 1 + 0) / 3, 75])
    mean, std = mean_and_std(shares(counts))
    np.testing.assert_allclose(mean[2], [100, 0, 0])  # of the trial that tells
    np.testing.assert_allclose(std[0, 0], 100 * np.sqrt(2) / 3)


@given(st.integers(2, 5), st.integers(1, 30), st.integers(1, 3), st.data())
def test_confusion_agrees_with_the_metrics(classes, n, trials, data):
    truth = data.draw(arrays(int, n, elements=st.integers(0, classes - 1)))
    guess = data.draw(arrays(np.int8, (trials, n), elements=st.integers(MISSING, classes - 1)))
    counts = confusion(truth, guess, classes)
    for matrix, ua, answers in zip(counts, accuracy(counts), guess, strict=True):
        there = answers != MISSING
        expected = np.bincount(truth[there], minlength=classes)
        np.testing.assert_array_equal(matrix.sum(1), expected)
        if there.any():
            assert ua == pytest.approx(
                100 * unweighted_accuracy(truth[there], answers[there].astype(int), classes)
            )
        else:
            assert np.isnan(ua)


def test_confusions_agree_with_the_results(run):
    """In each trial; the folds are of one size, so that the mean over folds is that of all."""
    table, problem = read_results(run / "results.csv"), Archive(run).problem
    for cell in cells.cells_of(table):
        rows = rows_of(table, cell)
        counts = confusion(problem.target.labels, Archive(run).load(cell).y_pred, 2)
        np.testing.assert_array_equal(counts.sum(2), [[30, 20]] * 2)
        np.testing.assert_allclose(accuracy(counts), 100 * rows.groupby("trial")["ua"].mean())
        recall = rows.groupby("trial")[["recall_negative", "recall_positive"]].mean()
        np.testing.assert_allclose(np.diagonal(shares(counts), axis1=1, axis2=2), 100 * recall)


def test_a_confusion_is_drawn_with_its_numbers():
    axes = Figure().subplots()
    draw_confusion(axes, np.array([[[8, 2], [0, 10]], [[6, 4], [0, 10]]]), ["neg$", "pos$"])
    found = [text.get_text() for text in axes.texts]
    assert found == ["70.0\n±14.1", "30.0\n±14.1", "0.0\n±0.0", "100.0\n±0.0"]
    assert [text.get_color() for text in axes.texts] == ["white", "black", "black", "white"]


def test_speakers_by_hand():
    labels, names = np.array([0, 0, 1, 1, 0]), np.array(["b", "b", "b", "a", "b"])
    target = LabelledSet("t", np.zeros((5, 62), np.float32), labels, names)
    guess = np.array([[0, 1, 1, 1, MISSING], [0, 0, 0, MISSING, 0]], np.int8)
    found = speakers.speaker_accuracy(target, guess, 2)
    np.testing.assert_allclose(found, [[100, 75], [np.nan, 50]])
    problem = Problem(target, target, ("negative", "positive"))
    cell = cells.Cell("all-source", None)
    measured = speakers.measure(
        confusions.Predictions(problem, {cell: guess}, {cell: "all-source"}, [])
    )
    assert measured.names == ["a*", "b"]
    assert measured.utterances.tolist() == [[0, 1], [3, 1]]
    np.testing.assert_allclose(measured.mean[cell], [100, 62.5])
    np.testing.assert_allclose(measured.std[cell], [np.nan, 12.5 * np.sqrt(2)])


def test_cohens_d_by_hand():
    """Means 2 and 5, sums of squares 2 and 8, six degrees of freedom less two."""
    x, y = np.array([[1.0, 3], [2, 3], [3, 3]]), np.array([[3.0, 3], [5, 3], [7, 3]])
    np.testing.assert_allclose(cohens_d(x, y), [-3 / np.sqrt(10 / 4), np.nan])
    assert np.isnan(cohens_d(x[:1], y[:1])).all()


@given(
    arrays(float, (7, 3), elements=st.integers(-50, 50)),
    arrays(float, (5, 3), elements=st.integers(-50, 50)),
)
def test_cohens_d_is_antisymmetric_and_has_no_unit(x, y):
    d = cohens_d(x, y)
    np.testing.assert_array_equal(d, -cohens_d(y, x))
    np.testing.assert_allclose(cohens_d(3 * x + 8, 3 * y + 8), d, atol=1e-9)


def test_effects_of_two_and_of_three_classes(run):
    problem = Archive(run).problem
    source, target = problem.source, problem.target
    (both,) = class_effects(source, 2)
    by_label = [source.features[source.labels == label] for label in (0, 1)]
    np.testing.assert_array_equal(both, cohens_d(by_label[1], by_label[0]))
    np.testing.assert_allclose(
        domain_effects(source, target, 2), -domain_effects(target, source, 2)
    )
    table = measure(problem)
    assert set(table["functional"]) == set(FEATURE_NAMES)
    assert table["mean |d|"].is_monotonic_decreasing
    assert class_effects(source, 3).shape == (3, len(FEATURE_NAMES))


def test_names_of_functionals_stay_apart():
    names = list(map(feature_differences.readable, FEATURE_NAMES))
    assert len(set(names)) == len(FEATURE_NAMES)
    assert max(map(len, names)) <= 32
    assert names[2] == "F0, percentile 20"
    assert not [name for name in names if re.search("_|sma|amean|[a-z][A-Z]|  ", name)]


def test_differences_are_those_of_the_test():
    """A tie counts half."""
    table = table_of({("cada", 2): [[0.5, 0.75], [0.5, 0.5]], ("fada", 2): [[0.5, 0.5]] * 2})
    found = paired_differences.measure(table, "cada", ["fada"], None)
    assert [values.tolist() for values in found["splits"]] == [[0, 25, 0, 0]] * 2
    assert found["won"].tolist() == [62.5, 62.5]
    expected = compare(table, "cada", ["fada"], folds=2)
    np.testing.assert_allclose(found["low"], 100 * expected["low"])


@pytest.mark.parametrize(
    ("program", "words", "files"),
    [
        (confusions, ["cada: UA", "all-source: UA", "positive", "narrow, 4 labelled ex"], 2),
        (speakers, ["fine-tune", "s4", "below chance", "5 speakers"], 2),
        (feature_differences, ["positive − negative", "of those where both |d| > 0.2"], 3),
        (paired_differences, ["all-source", "95 % interval", "mean"], 2),
    ],
)
def test_programs_print_and_draw(started, tmp_path, program, words, files):
    out = started(program, output=f"{tmp_path}/x.1.png")
    assert all(word.lower() in out.lower() for word in words), out
    assert out.startswith("wide → narrow")
    assert "INCOMPLETE" not in out
    assert "TRANSDUCTIVE" not in out
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["x.1.csv", "x.1.pdf", "x.1.png"][3 - files :]
    assert all(f": {tmp_path}/{name}" in out for name in written)


def test_incomplete_and_transductive_runs_say_so(run, started, tmp_path, monkeypatch):
    table = read_results(run / "results.csv").assign(transductive=True)
    gone = table["method"].eq("cada") & table["trial"].eq(1) & table["fold"].eq(1)
    for module in (confusions, paired_differences, feature_differences):
        monkeypatch.setattr(module.command, "given_run", lambda: (table[~gone], (2, 2)))
    for program in (confusions, speakers, paired_differences):
        out = started(program, output=f"{tmp_path}/x")
        assert "INCOMPLETE: (n/4)" in out
        assert "(3/4)" in out
        assert "TRANSDUCTIVE" in out
    assert "TRANSDUCTIVE" in started(feature_differences, output=f"{tmp_path}/x", count=100)


@pytest.mark.parametrize("classes", [3, 7])
def test_more_classes_and_speakers_are_drawn(tmp_path, classes):
    rng, names = np.random.default_rng(0), [f"class {c} $" for c in range(classes)]
    labels = np.arange(400) % classes
    features = rng.normal(size=(400, 62)).astype(np.float32)
    spoken = np.array([f"s{i % 120}" for i in range(400)])
    corpus = LabelledSet("a_$b$", features, labels, spoken)
    problem = Problem(corpus, corpus, tuple(names))
    cell = cells.Cell("cada", 2)
    guess = rng.integers(0, classes, (2, 400)).astype(np.int8)
    answers = confusions.Predictions(problem, {cell: guess}, {cell: "CADA"}, [])
    matrices = {"CADA": confusion(labels, guess, classes)}
    assert confusions.draw(["a $b$"], matrices, names, tmp_path / "a")
    measured = speakers.measure(answers)
    assert speakers.draw(["a $b$"], measured, answers, tmp_path / "b")
    effects = measure(problem)
    caption = feature_differences.describe(problem, effects)
    assert feature_differences.draw(caption, effects.head(3), problem, tmp_path / "c")


@pytest.mark.parametrize(
    ("program", "given", "message"),
    [
        (confusions, {"methods": ["cda"]}, "found 'cda'. Did you mean cada?"),
        (speakers, {"examples": 3}, "fine-tune has in the results, 2, 4; found 3"),
        (paired_differences, {"rival": "fine-tun"}, "found 'fine-tun'. Did you mean fine-tune?"),
        (paired_differences, {"rival": "cada"}, "in common with cada, found cada among"),
    ],
)
def test_mistakes_are_told(started, program, given, message):
    with pytest.raises(InputError) as caught:
        started(program, **given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_method_without_that_size_is_told(run, started, monkeypatch):
    table = read_results(run / "results.csv")
    lacking = table[~(table["method"].eq("cada") & table["examples"].eq(2))]
    monkeypatch.setattr(command, "given_run", lambda: (lacking, (2, 2)))
    with pytest.raises(InputError, match="a number that cada has in the results, 4; found 2"):
        started(confusions, methods=["cada"], examples=2)


def test_a_mistake_ends_a_program_in_one_line(forked):
    status, out, err = forked("figures.confusions", "--results=results/nemo-emodb")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")
