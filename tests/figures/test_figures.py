"""Tables and figures of a run: the numbers, what marks them, and the programs."""

import io
import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT, finished, table_of
from hypothesis import given
from hypothesis import strategies as st

from cada_tf import paper
from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.runs.results import read_results
from figures import command, curves, paired_differences
from figures.crossing import RIVAL, describe, overtaken_at
from figures.labels import display
from figures.tables import Format, check_compared, render, render_comparisons

BY_HAND = {  # UA by trial and fold
    ("all-source", None): [[0.5], [0.5]],
    ("fine-tune", 2): [[0.5, 0.6], [0.6, 0.7]],
    ("cada", 2): [[0.5, 0.7], [0.6, 1.0]],
    ("cada", 4): [[0.8, 0.8], [0.9, 0.9]],
}


def flat_of(means, **columns) -> pd.DataFrame:
    """A table whose cells have the given means and no spread."""
    return table_of({cell: [[mean, mean]] * 2 for cell, mean in means.items()}, **columns)


def rows_of(markdown, which=0) -> list[list[str]]:
    """The cells of one of the GitHub tables, the rule left out."""
    lines = [block for block in markdown.split("\n\n") if block.startswith("|")][which].splitlines()
    words = [[word.strip() for word in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert set(words.pop(1)) == {"---"}
    return [[re.sub(r"\\(.)", r"\1", word) for word in row] for row in words]


FULL = {**BY_HAND, ("all-source", None): [[0.5, 0.5], [0.5, 0.5]]}
GRID = [
    ["Examples", "2", "4"],
    ["fine-tune", "60.0±7.1", ""],
    ["CADA", "70.0±14.1", "85.0±7.1"],
]
# At 2 examples CADA is ahead of all-source by 0, 20, 10 and 50 points: a mean of 20 and a variance
# of 1400/3, times (1/4 + 1/1) for four pairs in two folds; its root times 3.182, of t with df = 3.
COMPARED = [
    ["Examples", "all-source", "fine-tune"],
    ["2", "+20.0 [−56.9, 96.9]", "+10.0 [−40.3, 60.3]"],
    ["4", "+35.0 [14.5, 55.5]*", ""],
    ["mean", "+27.5 [−17.3, 72.3]", "+10.0 [−40.3, 60.3]"],
]


def test_text_by_hand():
    assert render(table_of(FULL)) == (
        "Results when using a as source domain and b as target: UA in %, mean±standard deviation "
        "over the\nmeans of 2 trials of 2 folds.\n"
        "Baselines are all-source: 50.0±0.0.\n"
        "\n"
        "Examples           2         4\n"
        "fine-tune   60.0±7.1\n"
        "CADA       70.0±14.1  85.0±7.1\n"
        "\n"
        "CADA − rival, from a to b: points of UA [95 % confidence interval of each alone].\n"
        "* marks p < 0.05 after Holm's correction; mean: over the numbers of examples that both "
        "have.\n"
        "Paired t-test, 2 trials of 2 folds, corrected for shared training folds (Nadeau & Bengio "
        "2003); it\n"
        "assumes roughly normal differences and tells nothing of other corpora or speakers.\n"
        "\n"
        "Examples            all-source             fine-tune\n"
        "2         +20.0 [−56.9, 96.9]   +10.0 [−40.3, 60.3]\n"
        "4          +35.0 [14.5, 55.5]*\n"
        "mean      +27.5 [−17.3, 72.3]   +10.0 [−40.3, 60.3]"
    )
    by_folds = render(table_of(FULL), Spread.FOLDS)
    assert "over all\nfolds of 2 trials of 2 folds." in by_folds
    assert f"70.0±{100 * np.std([0.5, 0.7, 0.6, 1.0], ddof=1):.1f}" in by_folds


def test_one_trial_has_no_standard_deviation():
    one = {cell: trials[:1] for cell, trials in FULL.items()}
    for format in (Format.TEXT, Format.MARKDOWN, Format.LATEX):
        words = render(table_of(one), format=format)
        assert "mean of 1 trial of 2 folds, without a standard deviation." in " ".join(
            words.split()
        )
        assert "±" not in words
        assert r"\pm" not in words
    assert "mean±standard" in render(table_of(one), Spread.FOLDS)


def test_without_an_interval_none_is_spoken_of():
    one = {cell: [trials[0][:1]] for cell, trials in FULL.items()}
    for format in (Format.TEXT, Format.MARKDOWN):
        words = render(table_of(one), format=format)
        assert "alike, for a confidence interval: 1 trial of 1 fold." in " ".join(words.split())
        assert "95 %" not in words
        assert "Holm" not in words
        assert "nan" not in words
    table = table_of(one)
    compared = paired_differences.measure(table, "cada", ["fine-tune"], None)
    _, explained = paired_differences.describe(table, compared, "cada", None)
    assert explained.startswith("Mean; won")


def test_markdown_by_hand():
    text = render(table_of(FULL, source="a|b_c"), format=Format.MARKDOWN)
    assert rows_of(text) == GRID
    assert rows_of(text, 1) == COMPARED
    assert r"\* marks p \< 0.05" in text
    assert text.startswith(r"Results when using a\|b\_c as source")


def test_latex_by_hand():
    text = render(table_of(FULL, source="a_b&c\\"), format=Format.LATEX)
    assert r"using a\_b\&c\textbackslash{} as source" in text
    assert r"UA in \%, mean$\pm$standard" in text
    assert r"CADA $-$ rival, from a\_b\&c\textbackslash{} to b" in text
    assert r"p $<$ 0.05" in text
    assert r"2 & +20.0 [$-$56.9, 96.9] & +10.0 [$-$40.3, 60.3] \\" in text
    body = text.split(r"\hline")
    assert [line.split(" & ") for line in (body[1] + body[2]).split(r" \\") if line.strip()] == [
        ["\nExamples", "2", "4"],
        ["\n\nfine-tune", r"60.0$\pm$7.1", ""],
        ["\nCADA", r"70.0$\pm$14.1", r"85.0$\pm$7.1"],
    ]
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 2
    assert text.count("{") == text.count("}")
    assert r"\begin{tabular}{lrr}" in text


def test_csv_by_hand():
    table = pd.read_csv(io.StringIO(render(table_of(FULL), format=Format.CSV)))
    assert list(table["method"]) == ["all-source", "fine-tune", "cada", "cada"]
    np.testing.assert_array_equal(table["examples"], [np.nan, 2, 2, 4])
    np.testing.assert_allclose(table["mean"], [50, 60, 70, 85])
    np.testing.assert_allclose(table["std"], np.sqrt([0, 50, 200, 50]), atol=1e-12)
    assert table[["results", "planned"]].eq(4).all(axis=None)
    assert table[["paper_mean", "paper_std"]].isna().all(axis=None)


UAS = st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=2), min_size=2, max_size=2)
SIZED = st.tuples(st.sampled_from(["cada", "fada", "pooled"]), st.integers(1, 200))
ALONE = st.tuples(st.sampled_from(["all-source", "all-target"]), st.none())


@given(st.dictionaries(SIZED | ALONE, UAS, min_size=1))
def test_csv_and_markdown_hold_the_numbers(cells):
    table = table_of(cells)
    csv = pd.read_csv(io.StringIO(render(table, format=Format.CSV)))
    text = render(table, format=Format.MARKDOWN)
    (_, *sizes), *rows = rows_of(text) if any(size for _, size in cells) else [[""]]
    shown = {(row[0], int(n)): word for row in rows for n, word in zip(sizes, row[1:], strict=True)}
    assert sum(word != "" for word in shown.values()) == sum(size is not None for _, size in cells)
    for row in csv.itertuples():
        values = np.mean(cells[row.method, None if math.isnan(row.examples) else row.examples], 1)
        assert row.mean == pytest.approx(100 * values.mean())
        assert row.std == pytest.approx(100 * values.std(ddof=1), abs=1e-9)
        word = f"{row.mean:.1f}±{row.std:.1f}"
        if math.isnan(row.examples):
            assert f"{row.method}: {word}" in text
        else:
            assert shown[display(row.method), row.examples] == word


@given(st.dictionaries(SIZED | ALONE, UAS, min_size=1, max_size=20))
def test_text_fits_a_hundred_columns(cells):
    table = table_of(cells, source="a corpus of a long name", transductive=True)
    assert max(map(len, render(table, planned=(20, 5)).splitlines())) <= 100


def test_the_papers_numbers_stand_beside_ours():
    means = {("all-source", None): 0.5, ("fada", 2): 0.6, ("cada", 12): 0.7, ("cada", 20): 0.8}
    table = flat_of(means | {("pooled", 2): 0.4}, source="aibo-ohm", target="emodb")
    text = render(table, format=Format.MARKDOWN)
    assert "Baselines are all-source: 50.0±0.0 (paper: 55±2)." in text
    assert rows_of(text) == [
        ["Examples", "2", "12", "20"],
        ["FADA", "60.0±0.0", "", ""],
        ["FADA (paper)", "54±1", "", ""],
        ["CADA", "", "70.0±0.0", "80.0±0.0"],
        ["CADA (paper)", "", "64±3", ""],
        ["pooled", "40.0±0.0", "", ""],
    ]
    csv = pd.read_csv(io.StringIO(render(table, format=Format.CSV)))
    np.testing.assert_array_equal(csv["paper_mean"], [55, 54, 64, np.nan, np.nan])
    np.testing.assert_array_equal(csv["paper_std"], [2, 1, 3, np.nan, np.nan])
    assert "paper" not in render(table.assign(source="emodb", target="aibo-ohm"))


def test_the_papers_claims_hold_of_its_numbers():
    """Section 4.3: CADA is best at all sizes, and FADA the worst of the three."""
    for numbers in paper.TABLES.values():
        assert set(numbers["cada"]) == set(range(2, 13, 2))
        for size, (cada, _) in numbers["cada"].items():
            assert cada > numbers["fine-tune"][size][0] > numbers["fada"][size][0]


@pytest.mark.parametrize("format", [Format.TEXT, Format.MARKDOWN, Format.LATEX])
def test_what_is_incomplete_is_marked(format):
    """A cell without one of its trials, a run without any of its last ones."""
    lacking = {**FULL, ("cada", 4): [[0.7, 0.9]]}
    summary, compared = render(table_of(lacking), format=format).split("rival, from")
    assert "INCOMPLETE: (n/4)" in summary
    assert "INCOMPLETE: (n/4)" in compared
    assert re.findall(r"\S+ \(\d/\d\)", summary.replace(r"$\pm$", "±")) == ["80.0 (2/4)"]
    marked = re.findall(r"(\S+) \[[^]]+\]\S* +\(2/4\)", compared)
    assert marked == ["+30.0", "+20.0"]  # at 4 examples, and the mean
    text = render(table_of(FULL), format=format, planned=(20, 2))
    assert len(re.findall(r"\(4/40\)", text)) == 4 + 5
    assert "20 trials of 2 folds" in text
    assert "INCOMPLETE" not in render(table_of(FULL), format=format, planned=(2, 2))


@pytest.mark.parametrize("format", [Format.TEXT, Format.MARKDOWN, Format.LATEX])
def test_transductive_is_said(format):
    assert "TRANSDUCTIVE" not in render(table_of(FULL), format=format)
    table = table_of(FULL, transductive=True)
    assert "TRANSDUCTIVE" in render(table, format=format)
    assert "TRANSDUCTIVE" in render_comparisons(table, "cada", format)


def test_comparisons_csv_by_hand():
    table = pd.read_csv(io.StringIO(render_comparisons(table_of(FULL), "cada", Format.CSV)))
    assert list(table["rival"]) == ["all-source"] * 3 + ["fine-tune"] * 2
    np.testing.assert_array_equal(table["examples"], [2, 4, np.nan, 2, np.nan])
    np.testing.assert_allclose(table["difference"], [20, 35, 27.5, 10, 10])
    np.testing.assert_allclose(table["high"][0], 20 + 3.182446 * math.sqrt(1400 / 3 * 1.25))
    assert (table["p_holm"] >= table["p"]).all()
    assert not table["transductive"].any()


def test_comparisons_are_of_what_there_is():
    """Neither with the method itself nor with all-target; none where there is nothing else."""
    bounded = {**FULL, ("all-target", None): [[0.9, 0.9], [0.9, 0.9]]}
    shown = rows_of(render(table_of(bounded), format=Format.MARKDOWN, compare="fine-tune"), 1)
    assert shown[0] == ["Examples", "all-source", "CADA"]
    assert [row[0] for row in shown] == ["Examples", "2", "mean"]
    for without in ({"fine-tune", "all-source"}, {"cada"}):
        lacking = {cell: uas for cell, uas in bounded.items() if cell[0] not in without}
        assert "rival" not in render(table_of(lacking))
    assert "rival" not in render(flat_of({("cada", 2): 0.6, (RIVAL, 30): 0.5}))


def test_comparisons_fit_a_terminal():
    """The paper's systems with up to 100 examples, all ahead of or behind by two digits."""
    rng = np.random.default_rng(0)
    methods = ["all-source", "fine-tune", "fada", "cada", "label-target"]
    cells = {(m, n): rng.uniform(0.3, 0.8, (4, 5)) for m in methods[1:] for n in range(2, 101, 2)}
    table = table_of(cells | {("all-source", None): rng.uniform(0, 0.3, (4, 5))})
    lines = render_comparisons(table, "cada", planned=(20, 5)).splitlines()
    assert max(map(len, lines)) <= 100  # despite (20/100)
    assert len(lines) == 5 + 2 * (1 + 1 + 50 + 1)
    first, second = (line for line in lines if line.startswith("Examples"))
    assert first.split() == ["Examples", "fine-tune", "FADA"]
    assert second.split() == ["Examples", RIVAL, "all-source"]
    lines = render_comparisons(table, "cada").splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) == 5 + 1 + 50 + 1


@pytest.mark.parametrize(
    ("own", "rival", "at", "said"),
    [
        ({20: 60, 40: 70}, {20: 50, 40: 80}, 30, "overtaken by label-target at 30.0 examples"),
        # Only sizes that both have count: 30 is one method's alone.
        ({2: 90, 20: 60, 30: 0, 40: 60}, {20: 50, 40: 65}, 20 + 20 * 2 / 3, "at 33.3 examples"),
        ({22: 60, 30: 70}, {22: 61, 30: 71}, 22, "from the first size, 22, on"),
        ({22: 60, 30: 70}, {22: 50, 30: 70}, math.inf, "not overtaken by label-target up to 30"),
        # Equal is not ahead; then the crossing is where they were last equal.
        ({22: 60, 30: 70, 40: 70}, {22: 50, 30: 70, 40: 71}, 30, "at 30.0 examples"),
        (
            {22: 60, 30: 60, 40: 70, 50: 60},
            {22: 50, 30: 70, 40: 60, 50: 70},
            26,
            "at 26.0 examples, but ahead again at 40",
        ),
        ({40: 70, 20: 60}, {40: 80, 20: 50}, 30, "at 30.0"),  # in any order
    ],
)
def test_crossings_by_hand(own, rival, at, said):
    own, rival = pd.Series(own), pd.Series(rival)
    assert overtaken_at(own, rival) == pytest.approx(at)
    assert said in describe(own, rival)


def test_no_crossing_without_a_common_size():
    assert math.isnan(overtaken_at(pd.Series({2: 0.5}), pd.Series({22: 0.5})))
    means = {("cada", 2): 0.6, (RIVAL, 22): 0.5}
    assert curves.describe_crossings(flat_of(means)) == [
        "no crossing: label-target and another method share no number of examples"
    ]
    assert len(curves.describe_crossings(flat_of({("cada", 2): 0.6}))) == 1


CURVES = {
    ("all-source", None): 0.55,
    **{("cada", n): 0.6 + n / 1000 for n in (2, 20, 40, 100)},
    **{("unheard-of", n): 0.5 for n in (2, 20, 40, 100)},
    **{("another", n): 0.4 for n in (2, 20)},
    **{(RIVAL, n): 0.5 + 4 * n / 1000 for n in (40, 100)},
    ("all-target", None): 0.8,
}


@pytest.mark.parametrize(
    "means",
    [
        CURVES,
        {("cada", 2): 0.6},
        {("all-source", None): 0.55},
        {(f"method {i}", n): 0.5 for i in range(12) for n in (2, 4)},
    ],
)
def test_figures_of_all_kinds(means, tmp_path):
    """Those with a crossing, one size, no size, and many methods that none has heard of."""
    table = flat_of(means, source="a$b$", transductive=True)
    files = curves.draw(table, tmp_path / "a.b", planned=(3, 2))
    assert [file.name for file in files] == ["a.b.png", "a.b.pdf"]
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert files[1].read_bytes().startswith(b"%PDF")
    before = [file.read_bytes() for file in files]
    curves.draw(table, tmp_path / "a.b", planned=(3, 2))
    assert [file.read_bytes() for file in files] == before


def words_of(figure) -> str:
    """What a reader sees in a figure's title and legend."""
    (legend,) = figure.legends
    return "\n".join([figure.get_suptitle(), *(text.get_text() for text in legend.get_texts())])


def test_what_a_figure_says(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(curves, "save", lambda figure, _: seen.append(figure))
    curves.draw(flat_of(CURVES), tmp_path / "curve")
    words = words_of(seen[0])
    # 0.64 against 0.66 at 40 examples: label-target is ahead from its first size.
    assert "CADA\nunheard-of\nanother\nlabel-target\nall-source: 55.0 ± 0.0" in words
    assert "INCOMPLETE" not in words
    later = CURVES | {(RIVAL, 20): 0.6}
    curves.draw(flat_of(later, transductive=True), tmp_path / "curve", planned=(9, 2))
    words = words_of(seen[-1])
    assert "TRANSDUCTIVE\nINCOMPLETE: as few as 4 of 18 folds a point" in words
    assert "CADA, overtaken at 30\n" in words  # 20 behind by 0.02, 40 ahead by 0.02
    ring = next(line for line in seen[-1].axes[0].lines if "overtakes" in str(line.get_label()))
    np.testing.assert_allclose(ring.get_xydata()[0], [30, 63])


def test_no_labels_stand_before_one():
    """On a logarithmic axis, with tables and crossings of the same sizes."""
    means = {("self-training", n): 0.6 for n in (0, 1, 2)} | {(RIVAL, n): 0.5 for n in (1, 2)}
    figure = curves.make_figure(flat_of(means))
    (axes,) = figure.axes
    assert list(axes.get_xticks()) == [0.5, 1, 2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2"]
    assert "SEMI-SUPERVISED: self-training" in figure.get_suptitle()
    text = render(flat_of(means))
    assert re.search(r"^Examples +0 +1 +2$", text, re.M)
    assert "SEMI-SUPERVISED: self-training used unlabelled utterances of the training folds" in text
    assert "SEMI-SUPERVISED" not in render(flat_of({("cada", 2): 0.6}))


def test_tables_of_several_runs_are_refused(tmp_path):
    table = table_of(FULL)
    for rows, found in (
        (pd.concat([table, table.assign(source="c")]), "rows of several runs"),
        (pd.concat([table, table]), "the same method, examples, trial and fold twice"),
        (table[:0], "no rows"),
    ):
        rows.to_csv(tmp_path / "results.csv", index=False)
        with pytest.raises(InputError, match=f"found: {found}. Restore it"):
            read_results(tmp_path / "results.csv")


@pytest.fixture
def run(tmp_path) -> Path:
    """A run's directory: the paper's corpora, three trials planned, two done."""
    folder = tmp_path / "run"
    folder.mkdir()
    table = flat_of(CURVES, source="aibo-mont", target="emodb")
    table.to_csv(folder / "results.csv", index=False)
    sources = {"unheard-of": "1", "another": "2"}  # of methods whose modules are not loaded
    record = {"settings": {"folds": 2}, "grid": {"trials": 3}, "method_sources": sources}
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def test_the_program_tables(run, forked, tmp_path):
    status, out, err = finished("figures.tables", f"--results={run}", "--format=csv")
    assert (status, err) == (0, "")
    assert pd.read_csv(io.StringIO(out))[["results", "planned"]].eq([4, 6]).all(axis=None)
    file = tmp_path / "table.md"
    status, out, err = forked(
        "figures.tables",
        f"--results={run}/results.csv",
        "--format=markdown",
        f"--output={file}",
        "--spread=folds",
    )
    assert (status, out, err) == (0, f"table: {file}\n", "")
    assert "all folds of 3 trials of 2 folds" in file.read_text()
    assert ["CADA (paper)", "57±3", "", "", ""] in rows_of(file.read_text())
    assert rows_of(file.read_text(), 1)[0][1:] == ["all-source", "unheard-of", "another", RIVAL]
    arguments = [f"--results={run}", "--comparisons", "--compare=another", "--format=csv"]
    status, out, err = forked("figures.tables", *arguments)
    assert (status, err) == (0, "")
    assert set(pd.read_csv(io.StringIO(out))["method"]) == {"another"}


def test_the_program_curves(run, forked, tmp_path):
    status, out, err = forked("figures.curves", f"--results={run}")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "CADA: overtaken by label-target from the first size, 40, on",
        "unheard-of: overtaken by label-target from the first size, 40, on",
        "the paper: CADA is ahead of label-target up to 40 examples",
        "INCOMPLETE: as few as 4 of 6 folds a point",
        f"figure: {run}/curve.png",
        f"figure: {run}/curve.pdf",
    ]
    assert (run / "curve.pdf").exists()
    status, out, err = forked("figures.curves", f"--results={run}", "--rival=another")
    assert (status, err) == (0, "")
    assert "CADA: not overtaken by another up to 20 examples" in out
    status, out, err = forked("figures.curves", f"--results={run}", "--rival=anoter")
    assert (status, out) == (2, "")
    assert err.endswith("found 'anoter'. Did you mean another?\n")
    status, out, _ = forked(
        "figures.curves", f"--results={run}/results.csv", f"--output={tmp_path}/v1.0"
    )
    assert (status, out.splitlines()[-1]) == (0, f"figure: {tmp_path}/v1.0.pdf")


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [
        ("tables", ["--results=absent"], "expected a run's directory, or its results.csv, at abs"),
        (
            "tables",
            ["--results=results/nemo-emodb", "--compare=fda"],
            "--compare: expected a method of the results with a rival there, found 'fda' and",
        ),
        ("tables", ["--results=x", "--format=html"], "should be one of <text|markdown|latex|csv>"),
        ("curves", ["--results=x", "--sprad=folds"], "Did you mean spread"),
    ],
)
def test_a_mistake_ends_a_program_in_one_line(forked, program, arguments, message):
    status, out, err = forked(f"figures.{program}", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("results", "output", "message"),
    [
        ("tests", None, "--results: expected results.csv in tests, found none. Name"),
        ("setup.cfg", None, "setup.cfg: expected a results table, found: "),
        ("{run}", "absent/a.md", "`output`: expected a folder at absent, found none. Make it."),
        ("{run}/broken", None, "run.json: expected the settings of a run, found something else."),
    ],
)
def test_mistakes_are_told(run, monkeypatch, results, output, message):
    (run / "broken").mkdir()
    (run / "broken" / "results.csv").write_bytes((run / "results.csv").read_bytes())
    (run / "broken" / "run.json").write_text("{}")
    monkeypatch.chdir(ROOT)
    given = SimpleNamespace(results=results.format(run=run), output=output)
    monkeypatch.setattr(command, "FLAGS", given)
    with pytest.raises(InputError) as caught:
        _ = command.given_run(), command.given_output()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["cda", "cada"])
def test_a_method_that_cannot_be_compared_is_told(method):
    """One that there is not, and one that is alone but for all-target and for other sizes."""
    table = flat_of({("cada", 2): 0.6, (RIVAL, 30): 0.6, ("all-target", None): 0.8})
    with pytest.raises(InputError) as caught:
        check_compared(table, method)
    assert f"found '{method}' and results of cada, {RIVAL}, all-target." in str(caught.value)
    assert "\n" not in str(caught.value)
    check_compared(table, "all-target")


def test_without_a_run_json_a_cell_is_as_large_as_the_table(run, monkeypatch):
    (run / "run.json").unlink()
    monkeypatch.setattr(command, "FLAGS", SimpleNamespace(results=str(run)))
    assert command.given_run()[1] is None


def test_help_tells_the_flags(forked):
    _, out, _ = forked("figures.tables", "--help")
    for flag in ("--results", "--output", "--spread", "--format", "--compare", "--[no]comparisons"):
        assert flag in out
