"""Every picture is legible at 2 to 20 systems and 2 to 7 classes: see ``legibility.complaints``."""

import functools

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT, make_set, make_table, table_of
from hypothesis import given, settings
from hypothesis import strategies as st
from legibility import complaints, drawn
from matplotlib.figure import Figure

from cada_tf.apps import learning_curve
from cada_tf.corpora.inspection import inspect
from cada_tf.evaluation.effect_sizes import measure as measure_effects
from cada_tf.evaluation.learning_curve import LearningCurve
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import LabelledSet, Problem
from figures import (
    ablation,
    benchmark,
    confusions,
    curves,
    domain_shift,
    encoder_space,
    feature_differences,
    few_labels,
    inspection,
    paired_differences,
    panels,
    projections,
    speakers,
    suggestions,
    variants,
)

UNSIZED = "all-source", "all-target", "svm-source", "kmm", "my-baseline"
SIZES = 2, 10, 12, 50
EMOTIONS = "anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"
CAPTION = [
    "nemo → emodb, 12 labelled examples: what is shown, mean ± std over 20 trials.",
    "SEMI-SUPERVISED: CADA-semi, DANN, KMM used unlabelled utterances of the training folds.",
]
names = st.sampled_from([*METHODS, "my-baseline", "my-method", "an-even-longer-name-of-a-method"])
systems = st.lists(names, min_size=2, max_size=20, unique=True)
classes = st.integers(2, 7).map(lambda count: EMOTIONS[:count])
seeds = st.integers(0, 99)


def results_of(methods, seed, trials=2) -> pd.DataFrame:
    """A run's results: random UA of two folds, at four numbers of examples or without any."""
    rng = np.random.default_rng(seed)
    sizes = {method: [None] if method in UNSIZED else SIZES for method in methods}
    cells = [(method, size) for method in methods for size in sizes[method]]
    table = table_of({cell: rng.uniform(0.4, 0.9, (trials, 2)) for cell in cells})
    return table.assign(recall_negative=table["ua"], recall_positive=table["ua"])


def predictions_of(methods, classes, seed, people=12) -> confusions.Predictions:
    """Random predictions of two trials."""
    rng, n = np.random.default_rng(seed), 300
    labels, spoken = rng.integers(0, len(classes), n), rng.integers(0, people, n)
    speakers = np.array([f"speaker {person}" for person in spoken])
    corpus = LabelledSet("emodb", np.zeros((n, 62), np.float32), labels, speakers)
    cells = {Cell(name, None if name in UNSIZED else 12): name for name in methods}
    predicted = {cell: rng.integers(0, len(classes), (2, n)).astype(np.int8) for cell in cells}
    return confusions.Predictions(Problem(corpus, corpus, classes), predicted, cells, CAPTION[1:])


def draw_curves(methods, _, seed) -> Figure:
    return curves.make_figure(results_of(methods, seed), planned=(3, 2))


def draw_panels(methods, _, seed) -> Figure:
    runs = {str(run): results_of(methods, seed + run) for run in range(1 + seed % 4)}
    return panels.make_figure(runs)


def draw_paired(methods, _, seed) -> Figure:
    table = results_of(["cada", *(method for method in methods if method != "cada")], seed)
    rivals = [method for method in table["method"].unique() if method != "cada"]
    compared = paired_differences.measure(table, "cada", rivals, (3, 2))
    caption = paired_differences.describe(table, compared, "cada", (3, 2))
    return drawn(paired_differences, caption, compared)


def draw_ablation(methods, _, seed) -> Figure:
    keys = [("", ""), ("patience", "5"), ("scaling", "speaker-enrolled")]
    tables = {key: results_of(methods, seed + place) for place, key in enumerate(keys)}
    tables[keys[-1]] = tables[keys[-1]].assign(scaling="speaker-enrolled")
    return drawn(ablation, variants.summarise(tables, folds=2))


def draw_confusions(methods, classes, seed) -> Figure:
    found = predictions_of(methods, classes, seed)
    matrices = {
        title: confusions.confusion(found.problem.target.labels, found.y_pred[cell], len(classes))
        for cell, title in found.title.items()
    }
    return drawn(confusions, CAPTION, matrices, classes)


def draw_speakers(methods, classes, seed) -> Figure:
    found = predictions_of(methods, classes, seed, people=2 + seed)
    return drawn(speakers, CAPTION, speakers.measure(found), found)


def draw_shift(methods, classes, seed) -> Figure:
    rng, parts = np.random.default_rng(seed), ["marginal", *classes, "class-conditional"]
    rows = [
        (space, 12, fold, measure, part, rng.uniform(0, 2))
        for space in [domain_shift.FEATURES, *methods]
        for measure in domain_shift.MEASURES
        for part in parts
        for fold in (0, 1)
    ]
    columns = ["space", "examples", "fold", "measure", "part", "value"]
    return drawn(domain_shift, CAPTION, pd.DataFrame(rows, columns=columns))


def draw_spaces(methods, classes, seed) -> Figure:
    rng, n = np.random.default_rng(seed), 60
    groups, labels = rng.choice(list(encoder_space.GROUPS), n), np.arange(n) % len(classes)
    for place, group in enumerate(encoder_space.GROUPS):  # each has each class
        groups[place * len(classes) : (place + 1) * len(classes)] = group
    spaces = {m: encoder_space.Space(rng.normal(size=(n, 4)), labels, groups) for m in methods}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projections, "by_tsne", lambda points, _: points[:, :2])  # for speed
        return drawn(encoder_space, CAPTION, spaces, classes)


def draw_differences(_, classes, seed) -> Figure:
    corpora = (make_set((20,) * len(classes), seed=seed + place) for place in (0, 1))
    problem = Problem(*corpora, classes)
    effects = measure_effects(problem)
    caption = feature_differences.describe(problem, effects)
    return drawn(feature_differences, caption, effects.head(20), problem)


PICTURES = {
    draw_curves: 4,
    draw_panels: 3,
    draw_paired: 3,
    draw_ablation: 4,
    draw_confusions: 4,
    draw_speakers: 4,
    draw_shift: 4,
    draw_spaces: 2,
    draw_differences: 4,
}
"""Picture → how many are drawn."""


@pytest.mark.parametrize("draw", PICTURES, ids=lambda draw: draw.__name__)
def test_pictures_of_any_number_of_systems_are_legible(draw):
    @settings(max_examples=PICTURES[draw])
    @given(systems, classes, seeds)
    def legible(methods, classes, seed):
        assert complaints(draw(methods, classes, seed)) == []

    legible()


@pytest.mark.parametrize("draw", PICTURES, ids=lambda draw: draw.__name__)
def test_pictures_of_twenty_systems_are_legible(draw):
    assert complaints(draw([*METHODS][:20], EMOTIONS[:5], 3)) == []
    assert complaints(draw([*METHODS][13:33], EMOTIONS[:2], 22)) == []


def committed(program, path) -> Figure:
    return drawn(program, program.read_draws(ROOT / path))


def draw_benchmark() -> Figure:
    return drawn(benchmark, benchmark.read(ROOT / "results" / "benchmark"))


def draw_learning_curve() -> Figure:
    table = pd.DataFrame({"examples": [4, 8, 10, 12], "ua": 0.5, "low": 0.3, "high": 0.6})
    return learning_curve.draw(LearningCurve(table, 12, 0.5, 0.02, 0.01), "cada", 0.25)


@pytest.mark.parametrize(
    "draw",
    [
        functools.partial(committed, few_labels, "results/few-labels/nemo-emodb.csv"),
        functools.partial(committed, suggestions, "results/suggestions/nemo-emodb.csv"),
        draw_benchmark,
        draw_learning_curve,
    ],
)
def test_other_pictures_are_legible(draw):
    assert complaints(draw()) == []


@pytest.mark.parametrize("classes", [2, 7])
def test_an_inspected_corpus_is_legible(classes):
    table = make_table((30, 40), speakers=60)
    table["class"] = np.array(EMOTIONS)[np.arange(len(table)) % classes]
    assert complaints(drawn(inspection, inspect(table.assign(emotion=table["class"])))) == []


def test_complaints_are_found():
    figure = Figure((4, 2))
    axes = figure.subplots()
    axes.text(0.5, 0.5, "small", fontsize=6)
    axes.text(0.5, 0.5, "± nan")
    axes.text(0.9, 0.2, "much too long for this picture")
    axes.plot([0, 1], label="a")
    axes.legend(loc="upper left")
    found = " ".join(complaints(figure))
    for words in ("6.0 points: 'small'", "no number", "cut off: 'much", "on one", "legend on a"):
        assert words in found
