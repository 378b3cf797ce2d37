"""The table and the picture of an ablation, with and without fine-tune."""

import numpy as np
import pytest
from helpers import table_of

from cada_tf.evaluation.clustered import Answers, lead
from figures import ablation, variants


@pytest.fixture
def summary():
    """Of a base and two variants; ``pooled`` is changed by one of them."""
    base = {(m, 2): [[0.5, 0.6], [0.7, 0.6]] for m in ("fine-tune", "cada", "pooled")}
    changed = base | {("pooled", 2): [[0.6, 0.7], [0.8, 0.7]]}
    tables = {("", ""): base, ("patience", "5"): changed, ("hidden", "8"): base}
    return variants.summarise({k: table_of(t) for k, t in tables.items()}, folds=2)


def draw(summary, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(ablation, "save", lambda figure, _: drawn.append(figure))
    ablation.draw(summary, tmp_path / "x")
    return drawn[0]


def test_with_fine_tune(summary, tmp_path, monkeypatch):
    words = ablation.render(summary)
    assert "Last: points of UA [95 % confidence interval]" in words
    assert words.splitlines()[4].split() == [
        *("Option", "fine-tune", "CADA", "pooled", "CADA", "−", "fine-tune")
    ]
    left, right = draw(summary, tmp_path, monkeypatch).axes
    assert right.get_xlabel().startswith("CADA − fine-tune")
    assert [label.get_text() for label in left.get_yticklabels()] == [
        *("as given", "patience=5", "hidden=8")
    ]
    np.testing.assert_allclose(left.lines[2].get_xydata(), [[0, 0.25], [10, 1.25]])


def test_what_used_unlabelled_utterances_is_marked(summary, tmp_path, monkeypatch):
    base = {(m, 2): [[0.5, 0.6], [0.7, 0.6]] for m in ("fine-tune", "cada")}
    enrolled = table_of(base).assign(scaling="speaker-enrolled")
    tables = {
        ("", ""): table_of(base),
        ("scaling", "corpus"): table_of(base, transductive=True),
        ("scaling", "speaker-enrolled"): enrolled,
    }
    marked = variants.summarise(tables, folds=2)
    words = ablation.render(marked)
    assert "S: semi-supervised, since those of the training folds are used." in words
    rows = [line.split("  ")[0] for line in words.splitlines()[-3:]]
    assert rows == ["as given", "scaling=corpus T", "scaling=speaker-enrolled S"]
    axes = draw(marked, tmp_path, monkeypatch).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        *("as given", "scaling=corpus (transductive)"),
        "scaling=speaker-enrolled (semi-supervised)",
    ]
    assert "S:" not in ablation.render(summary)


def test_one_trial_has_no_standard_deviation_and_one_margin_that_is_not_known():
    """A variant without fine-tune's rows, one whose splits are all alike, and one trial.

    20 and 30 points: s² = 50, times (1/2 + 1/1); its root times 12.706, of t with df = 1.
    """
    base = {(m, 2): [[0.5, 0.6]] for m in ("fine-tune", "cada")}
    tables = {
        ("", ""): table_of(base | {("cada", 2): [[0.7, 0.9]]}),
        ("patience", "5"): table_of({("cada", 2): [[0.7, 0.8]]}),
        ("hidden", "8"): table_of(base | {("cada", 2): [[0.6, 0.7]]}),
    }
    words = ablation.render(variants.summarise(tables, folds=2))
    assert "nan" not in words
    assert "±" not in words
    assert "+25.0 [−85.0, 135.0]" in words
    assert words.splitlines()[-1].split() == ["hidden=8", "=", "65.0", "+10.0"]


def test_with_answers_intervals_are_clustered():
    """A method that a variant does not touch has its answers in the base."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    base = {(m, 2): rng.random((4, 40)) < 0.6 for m in ("fine-tune", "cada")}
    changed = {("cada", 2): rng.random((4, 40)) < 0.8}
    answers = {
        ("", ""): Answers(labels, base),
        ("patience", "5"): Answers(labels, changed),
        ("hidden", "8"): None,
    }
    ua = {key: [[right.mean()] * 2 for right in rows] for key, rows in base.items()}
    lifted = ua | {("cada", 2): [[right.mean()] * 2 for right in changed["cada", 2]]}
    tables = dict(zip(answers, map(table_of, (ua, lifted, ua)), strict=True))
    summary = variants.summarise(tables, 2, answers)
    row = summary[(summary["reading"] == "patience") & (summary["method"] == "cada")].iloc[0]
    for name, rival in (("change", base["cada", 2]), ("margin", base["fine-tune", 2])):
        effect = lead(changed["cada", 2], rival, labels).effect
        expected = [100 * value for value in effect[:3]]
        assert list(row[[name, f"{name}_low", f"{name}_high"]]) == pytest.approx(expected)
    by = summary.groupby("reading")["test"].unique().map(list).to_dict()
    assert by == {"": ["clustered"], "patience": ["clustered"], "hidden": ["corrected t"]}
    words = ablation.render(summary)
    assert "clustered by utterance and trial" in words
    assert "or corrected resampled t-test" in words


@pytest.mark.parametrize("gone", ["fine-tune", "cada"])
def test_without_a_margin(summary, tmp_path, monkeypatch, gone):
    summary = summary[summary["method"] != gone].copy()
    if gone == "fine-tune":
        summary[["margin", "margin_low", "margin_high"]] = float("nan")
    words = ablation.render(summary)
    assert "Last" not in words
    assert "−" not in words
    assert "nan" not in words
    (only,) = draw(summary, tmp_path, monkeypatch).axes
    assert only.get_xlabel() == "Change against the flags as given\n(points of UA)"
