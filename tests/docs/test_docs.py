"""What the documents say can be done, done."""

import dataclasses
import re
import shlex

import audiofile
import numpy as np
import pandas as pd
import pytest
from absl import flags
from helpers import ROOT, make_features, voice

from cada_tf.apps import settings
from cada_tf.corpora import CORPORA, Options
from cada_tf.evaluation import EXTRA_LABELS, spread
from cada_tf.evaluation.forecast_check import check_forecasts
from cada_tf.evaluation.gain_forecast import PRIOR
from cada_tf.methods import METHODS, Target, all_options, make_config
from cada_tf.methods.registry import is_packaged
from cada_tf.runs.results import read_results
from experiments import run_flags
from figures import command, overview, suggestions, tables

SHOWN = "".join(path.read_text() for path in (ROOT / "README.md", ROOT / "docs" / "replication.md"))


def named_by_promises():
    """File and beginning of the name of each test that docs/promises.md names."""
    file, found = "", []
    for named in re.findall(r"`([a-z_/]*\.py)?(?:::(test_\w+))?`", promises()):
        file = named[0] or file
        if any(named):
            found.append((file, named[1]))
    return found


def promises():
    return (ROOT / "docs" / "promises.md").read_text()


def test_the_tests_that_hold_a_promise_exist():
    found = named_by_promises()
    assert len(found) > 40
    for file, name in found:
        assert f"\ndef {name or 'test_'}" in (ROOT / "tests" / file).read_text(), (file, name)
    figures = re.findall(r"[A-Z]+_FIGURES", promises())
    assert not figures, "figures that are yet to be measured"


def codes_of(document: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)


def test_contributings_example_of_a_corpus(tmp_path):
    for speaker in ("anna", "ben"):
        (tmp_path / speaker).mkdir()
        for emotion in ("ang", "hap", "sur"):
            audiofile.write(tmp_path / speaker / f"{emotion}1.wav", voice(0.1), 16_000)
    namespace = {}
    exec(codes_of("CONTRIBUTING.md")[0], namespace)
    corpus = namespace["read"](str(tmp_path), Options())
    assert list(corpus["speaker"]) == ["anna"] * 2 + ["ben"] * 2
    assert list(corpus["class"]) == ["negative", "positive"] * 2


def test_the_start_names_all_corpora_and_only_flags_that_exist():
    pages = "README.md", "docs/practitioner.md", "docs/researcher.md"
    text = "".join((ROOT / page).read_text() for page in pages)
    for name in CORPORA:
        assert f"`{name}" in text
    # Of the other programs, which their own tests start, and of Dask's.
    others = {"corpus", "output", "help", "results", "format", "flagfile", "nworkers", "nthreads"}
    others |= {"compare", "comparisons", "vary", "logdir"}
    others |= {"segments", "min_confidence", "learning_curve"}  # of cada-adapt and cada-predict
    others |= {"min_duration", "report", "export", "unlabelled", "speakers", "suggest"}
    others |= {"method", "jobs", "model", "scheduler", "speakers"}
    named = {name.removeprefix("no") for name in re.findall(r"--([a-z_]+)", text)} - others
    assert named <= set(flags.FLAGS), named - set(flags.FLAGS)


def test_methods_has_a_line_for_each_method_and_only_options_that_exist():
    text = (ROOT / "docs" / "methods.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    named = {row[1].strip(" `"): row for row in rows}
    packaged = {name: method for name, method in METHODS.items() if is_packaged(method)}
    assert len(named) == len(rows)
    assert set(named) == set(packaged)
    labelled = {Target.NONE: None, Target.EXAMPLES: "few", Target.ALL: "all"}
    for name, method in packaged.items():
        uses = re.findall("[a-z]+", re.sub(r", \d.*", "", named[name][2]))
        expected = ["source"] * (method.source or method.starts_from is not None)
        expected += [labelled[method.target]] * bool(labelled[method.target])
        assert uses == expected + ["unlabelled"] * method.unlabelled, name
        own = {f.name for f in dataclasses.fields(method.options)}
        shown = set(re.findall(r"--(\w+)", named[name][5]))
        assert shown <= own | {"batches", "stop_set", "sources"}, name
    known = set(all_options()) | {"methods", "examples", "output_dir", "source", "target", "vary"}
    known |= {"unlabelled", "method", "comparisons", "folds_by", "help", "trials", "name"}
    known |= {"results", "rows", "format", "output", "flagfile"}  # of figures and of programs
    assert set(re.findall(r"--(\w+)", text)) <= known


@pytest.mark.parametrize("run", [path.parent for path in ROOT.glob("results/*/results.csv")])
def test_readme_shows_the_committed_results(run):
    """What ``make tables`` would write is what is there, and what the README says."""
    table, planned = read_results(run / "results.csv"), command.planned(run)
    text = tables.render(table, format=tables.Format.MARKDOWN, planned=planned)
    assert (run / "table.md").read_text() == text + "\n"
    assert tables_in(text)[0] in SHOWN


@pytest.mark.parametrize(
    ("document", "folder"), [("features", "features"), ("replication", "emotions-fine-tune")]
)
def test_documents_show_the_committed_results_of_several_runs(document, folder):
    runs = overview.read_runs(ROOT / "results" / folder)
    (table,) = tables_in(overview.render(runs, format=tables.Format.MARKDOWN))
    assert table in (ROOT / "docs" / f"{document}.md").read_text()


@pytest.mark.parametrize("scaling", ["source", "speaker-enrolled"])
def test_methods_shows_the_committed_results_of_six_pairs(scaling):
    folder = ROOT / "results" / "methods"
    runs = overview.read_runs(folder / scaling)
    assert len(runs) == 6
    text = overview.render(runs, format=tables.Format.MARKDOWN, rows=overview.Rows.METHODS)
    assert (folder / f"{scaling}.md").read_text() == text + "\n"
    _, twelve = text.split("12 labelled examples:\n\n")
    assert twelve.split("\n\n")[0] in (ROOT / "docs" / "methods.md").read_text()


def test_labels_shows_the_committed_draws_of_suggestions():
    folder, text = ROOT / "results" / "suggestions", (ROOT / "docs" / "labels.md").read_text()
    pairs = "urdu-emodb", "emodb-urdu", "ravdess-emodb", "nemo-emodb"
    *development, reported = (suggestions.read_draws(folder / f"{pair}.csv") for pair in pairs)
    shown = [suggestions.compare(development), *tables_in(suggestions.render(reported))]
    assert len(shown) == 4
    assert all(table in text for table in shown)


def test_the_recommended_flags_are_the_defaults_and_the_papers_leave_nothing_open():
    options = all_options()
    related = {name for name, m in METHODS.items() if m.related}
    systems = {name for name, m in METHODS.items() if m.in_paper}
    names, own = set(options), {"recommended": set(), "paper": set()}
    for name, option in options.items():
        if name.startswith("fada_") or (option.methods and not {*option.methods} - related):
            own["recommended"].add(name)
        if name.startswith("fada_") or (option.methods and not {*option.methods} & systems):
            own["paper"].add(name)
    for file in ("recommended", "paper"):
        path = ROOT / "experiments" / f"{file}.flags"
        flags.FLAGS.unparse_flags()
        flags.FLAGS(["run", "--source=a", "--target=b", "--output_dir=c", f"--flagfile={path}"])
        assert set(re.findall(r"^--([a-z_]+)=", path.read_text(), re.M)) >= names - own[file]
        assert (settings.chosen_config() == make_config()) is (file == "recommended")


def test_readmes_tables_of_results_are_committed():
    committed = [t for file in ROOT.glob("results/*/table.md") for t in tables_in(file.read_text())]
    shown = tables_in(SHOWN)
    assert {table for table in shown if table.startswith("| Examples |")} <= set(committed)


def tables_in(document: str) -> list[str]:
    return [block for block in document.strip().split("\n\n") if block.startswith("|")]


RUNS = re.findall(r"python -m experiments\.run (.*)", (ROOT / "docs/researcher.md").read_text())


@pytest.mark.parametrize("line", RUNS)
def test_the_researchers_runs_parse(line):
    flags.FLAGS.unparse_flags()
    flags.FLAGS(["run", *shlex.split(line)])
    assert run_flags.chosen_methods()


@pytest.mark.slow
def test_the_researchers_python():
    namespace = {}
    exec(codes_of("docs/researcher.md")[-1], namespace)
    assert len(namespace["classes"]) == 535
    truth = namespace["problem"].target.labels
    recall = [np.mean(namespace["classes"][truth == c] == c) for c in (0, 1)]
    assert np.mean(recall) > 0.5


def test_the_practitioners_estimator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.wav", "b.wav"):
        audiofile.write(name, voice(0.5), 16_000)
    namespace = {}
    for names, n, seed in (("Xs ys", 80, 0), ("Xt yt", 12, 1), ("X y", 30, 2)):
        y = np.arange(n) % 2
        values = make_features(y, 0.1, seed), np.array(["negative", "positive"])[y]
        namespace |= dict(zip(names.split(), values, strict=True))
    exec(codes_of("docs/practitioner.md")[0], namespace)
    assert len(namespace["table"]) == 2
    assert {path.suffix for path in tmp_path.iterdir()} == {".wav", ".keras", ".onnx"}


def test_the_prior_of_gains_is_that_of_the_committed_results():
    slopes, spreads = [], []
    for pair in ("emodb-urdu", "urdu-emodb"):
        truth = pd.read_csv(ROOT / "results" / "forecast" / f"{pair}-truth.csv")
        gains = truth["ua_then"] - truth["ua"]
        for (labels, then), gain in gains.groupby([truth["labels"], truth["then"]]):
            assert len(gain) == 20
            spreads.append(gain.std(ddof=1))
            if then - labels != EXTRA_LABELS:
                slopes.append(gain.mean() / np.log2(then / labels))
    assert (len(slopes), len(spreads)) == (6, 14)
    found = np.mean(slopes), np.std(slopes, ddof=1), np.sqrt(np.mean(np.square(spreads)))
    assert tuple(PRIOR) == pytest.approx(found, abs=5.1e-4)


def test_labels_shows_the_committed_forecasts():
    text = (ROOT / "docs" / "labels.md").read_text()
    paths = [*(ROOT / "results" / "forecast").glob("*-forecasts.csv")]
    assert len(paths) > 3
    for path in paths:
        rows = pd.read_csv(path)
        for (labels, then), found in check_forecasts(rows).groupby(["labels", "then"]):
            by_name = found.set_index("forecast")
            assert forecast_line(rows.iloc[0], labels, then, by_name) in text, (path, labels, then)


def forecast_line(first: pd.Series, labels: int, then: int, found: pd.DataFrame) -> str:
    """A row of the table of forecasts."""
    names = {"emodb": "EMODB", "nemo": "nEMO", "urdu": "URDU", "ravdess": "RAVDESS"}
    own, line = found.loc["forecast"], found.loc["line alone"]
    cells = [
        f"{names[first['source']]} → {names[first['target']]}",
        f"{labels} → {then}",
        spread.plus_minus(100 * own["true"], 100 * own["true_sd"], sign=" ± "),
    ]
    for row in (line, own):
        numbers = (f"{100 * row[name]:.1f}" for name in ("bias", "error"))
        cells += [
            *numbers,
            f"{100 * row['width']:.0f}",
            f"{int(row['holds'])} of {int(row['count'])}",
        ]
    cells += [f"{100 * found.loc[name, 'error']:.1f}" for name in ("fixed slope", "no gain")]
    return f"| {' | '.join(cells)} |".replace("-", "−")
