"""A study from its declaration to its tables, on four small corpora."""

import dataclasses
import itertools
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers import ROOT, called, make_table

from cada_tf.config import Scaling
from cada_tf.errors import InputError
from cada_tf.evaluation.clustered import lead
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.runs.results import read_results
from cada_tf.study import space, train
from cada_tf.study.costs import Costs
from cada_tf.study.declaration_file import read_study
from cada_tf.study.leads import by_shift, correlations, mean_leads, pair_leads, source_ua
from cada_tf.study.marginals import marginals, shared_marginals
from cada_tf.study.results import Group, StudyResults, search_scores
from cada_tf.study.selection import Rule, choose, few_labels
from cada_tf.study.store import ANSWERS, ROWS, Store, pack, read_table, unpack

PROGRAM = "experiments.study"
NAMES = ["a", "b", "c", "d"]
SPACE = {
    "max_epochs": [1, 2],
    "fine_tune_steps": [1, 5, 20],
    "svm_c": [0.1, 10],
    "svm_share": [0.2, 0.8],
}
DECLARED = {
    "corpora": {name: f"table:{{corpora}}/{name}.csv" for name in NAMES},
    "apart": {
        "corpora": {"e": "table:{corpora}/e.csv"},
        "pairs": [["a", "e"], ["e", "b"]],
    },
    "features": "gemaps",
    "defaults": {"held_out": 0.2, "max_epochs": 3},
    "scalings": {"source": {}, "speaker": {"scaling": "speaker-enrolled"}},
    "methods": ["svm-pooled", "all-source", "fine-tune"],
    "folds": 2,
    "seed": 3,
    "settings": 2,
    "space": SPACE,
    "search": {"trials": 1, "examples": [2, 4]},
    "report": {"trials": 2, "examples": [4]},
    "validation": {"trials": 1, "examples": [4], "methods": ["svm-pooled", "fine-tune"]},
}


@pytest.fixture
def declared(tmp_path):
    """Writes a declaration with other values, and gives its path."""

    def write(**changed):
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(DECLARED | changed))
        return path

    return write


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    for place, name in enumerate([*NAMES, "e"]):
        table = make_table((20 + place, 24), shift=0.4 * place, seed=place)
        table.to_csv(folder / f"{name}.csv")
    return folder


@pytest.fixture
def run(pool, tmp_path):
    def run(*arguments, program=PROGRAM, jobs=True):
        words = [program, *map(str, arguments), *["--jobs=1"] * jobs]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


@pytest.mark.slow
def test_from_a_declaration_to_tables(run, declared, corpora, tmp_path):
    given = [f"--declaration={declared()}", f"--corpora={corpora}", "--output_dir=out"]
    status, out, err = run(*given, "--dry_run")
    assert status == 0, err
    # In the first stage all-source has no number of examples, the other two have two of them.
    search = 12 * 3 * (1 + 2 + 2) * 2 - 4 * (1 + 2 + 2) * 2
    report = (12 + 2) * 2 * 3 * 2 * 2
    validation = 12 * 3 * 2 * 2 * 2
    assert f"left: {search + report + validation:,} networks" in out
    shown = ["--results=out", "--declaration=study.yaml"]
    status, _, err = run(*shown, program="figures.study", jobs=False)
    assert status == 2
    assert "error: --results: expected a study in out whose first stage is done on all 12" in err
    status, out, err = run(*given)
    assert status == 0, err
    assert "report: e → b, 14 of 14" in err
    assert "validation: d → c, 12 of 12" in err
    study = read_study(declared(), corpora)
    stores = {pair: Store(tmp_path / "out", *pair) for pair in study.pairs}
    for store in stores.values():
        rows = store.rows.astype({"scaling": str, "method": str})
        sizes = rows.groupby("method")["examples"].unique().map(set).to_dict()
        assert sizes == {"all-source": {0}, "fine-tune": {2, 4}, "svm-pooled": {2, 4}}
        first = rows[(rows["trial"] == 0) & (rows["scaling"] == "source")]
        first = first.groupby(["method", "examples"])
        assert set(first["setting"].nunique()) == {3}
        assert set(first.size()) == {3 * 2}
        second = rows[rows["trial"] == 1].groupby(["scaling", "method"])["setting"].nunique()
        assert list(second) == [1] * 6
        assert set(rows[rows["trial"] == 1]["examples"]) == {0, 4}
    check_answers(stores["a", "b"], utterances=45)
    check_apart(Store(tmp_path / "out", "a", "e"), study, stores)
    check_parity(run, stores["b", "c"], corpora, tmp_path)
    check_report(run, study, tmp_path)

    check_resumption(run, given, stores["c", "a"], tmp_path / "out")
    check_changes(run, given[1:], declared)


def check_resumption(run, given, lost, folder):
    """Nothing is done twice; what is lost is done again, with the same rows."""
    before = lost.rows
    kept = before[before["method"] != "svm-pooled"]
    kept.to_parquet(lost.paths["rows"], index=False)
    lost.paths["answers"].unlink()
    status, _, err = run(*given)
    assert status == 0
    assert "search: c → a, 1 of 1" in err
    assert "report: c → a, 1 of 1" in err
    again = Store(folder, "c", "a")
    pd.testing.assert_frame_equal(
        again.rows.drop(columns="seconds"), before.drop(columns="seconds")
    )
    pd.testing.assert_frame_equal(again.answers, lost.answers)


def check_changes(run, given, declared):
    """Methods and settings may be added; what there is may not become another."""
    more = declared(methods=[*DECLARED["methods"], "svm-source"], settings=3)
    status, out, err = run(*given, f"--declaration={more}", "--dry_run")
    assert status == 0, err
    new = 12 * ((1 + 2 + 2) + 4) * 2 - 4 * 2
    assert re.search(rf"^search +{new} ", out, re.M)
    status, _, err = run(*given, f"--declaration={declared(space=SPACE | {'svm_c': [5]})}")
    assert status == 2
    assert "`svm-pooled 1` was {'svm_c': " in err
    status, _, err = run(*given, f"--declaration={declared(seed=4)}")
    assert status == 2
    assert "`seed` was 3, now it is 4" in err or "--seed was 3, now it is 4" in err


def check_answers(store, utterances):
    """Which answers were right gives the UA of a trial's folds together."""
    rows = store.rows.astype({"scaling": str, "method": str})
    for answer in store.answers.itertuples():
        (right,) = unpack([answer.right], utterances)
        key = ["scaling", "method", "setting", "examples", "trial"]
        own = rows[(rows[key] == [getattr(answer, name) for name in key]).all(axis=1)]
        # Folds of a class differ by one utterance at the most.
        assert right.mean() == pytest.approx(own["ua"].mean(), abs=0.1)


def check_apart(store, study, stores):
    """On a pair apart the settings are tested that were best on the pairs without its corpora."""
    rows = store.rows.astype({"scaling": str, "method": str})
    assert set(rows["trial"]) == {0, 1}
    scores = search_scores(stores, study, study.methods)
    others = {pair: found for pair, found in scores.items() if "a" not in pair}
    assert len(others) == 6
    means = pd.concat(others.values(), axis=1).mean(axis=1)
    for method, own in rows.groupby("method"):
        assert set(own["setting"]) == {means[method].idxmax()}
    assert store.validation.empty


def check_leads_file(file, leads):
    """The leads of fine-tune over all-source on all pairs, in points."""
    told = pd.read_csv(file).query("scaling == 'source' and rival == 'all-source'")
    assert set(told["method"]) == {"fine-tune"}
    keys = ["source", "target", "examples"]
    both = leads.replace({"examples": {0: "mean"}}).astype({"examples": "str"}).merge(told, on=keys)
    assert len(both) == len(leads) == 24
    assert (both["difference"] != 0).any()
    expected = 100 * both[["difference", "low", "high"]]
    shown = both[["lead_points", "low_points", "high_points"]]
    assert np.allclose(shown, expected, atol=0.006, equal_nan=True)


def check_report(run, study, folder):
    """What is shown is of what was chosen without the pair's corpora."""
    words = ["--results=out", "--declaration=study.yaml", "--compare=fine-tune"]
    files = "--output=report.md", "--rules=rules.csv", "--leads=leads.csv", "--picture=leads"
    status, out, err = run(*words, *files, program="figures.study", jobs=False)
    assert status == 0, err
    shown = "report.md\ntable: rules.csv\ntable: leads.csv\nfigure: leads.png\nfigure: leads.pdf"
    assert out == f"tables: {shown}\n"
    rules = pd.read_csv(folder / "rules.csv")
    keys = ["source", "target", "method", "examples", "rule"]
    assert not rules.duplicated(keys).any()
    assert set(rules["rule"]) == {*map(str, Rule)}
    rows = read_table(folder / "out" / "a-b.parquet", ROWS).astype({"method": "str"})
    rows = rows[(rows["scaling"] == "source") & (rows["setting"] == 0) & (rows["trial"] == 0)]
    expected = rows[(rows["method"] == "fine-tune") & (rows["examples"] == 4)]["ua"].mean()
    shown = rules.set_index(keys).loc["a", "b", "fine-tune", 4, "default"]["ua_percent"]
    assert shown == pytest.approx(100 * expected, abs=0.006)
    report = (folder / "report.md").read_text()
    results = StudyResults(study, folder / "out")
    ua = results.ua().set_index(["scaling", "method", "examples", "source", "target"])
    assert f"| {100 * ua.loc['source', 'fine-tune', 4, 'a', 'b']['mean']:.1f} " in report
    apart = report[report.index("Pairs apart") :]
    assert re.search(r"\| speaker +\| e → b +\| svm-pooled +\| mean ", apart)
    ours, rival = Group("source", "fine-tune"), Group("source", "all-source")
    leads = pair_leads(results, [(ours, rival)])
    assert len(leads) == 12 * 2
    row = leads[(leads["source"] == "a") & (leads["target"] == "b")].iloc[0]
    labels = results.utterances["b"]["class"].to_numpy()
    right = [results.right(("a", "b"), group, 4) for group in (ours, rival)]
    assert right[0].shape == (2, 45)
    found = lead(*right, labels)
    assert row["difference"] == pytest.approx(found.difference)
    check_leads_file(folder / "leads.csv", leads)
    assert row["variance"] == pytest.approx(max(found.variance, 1 / 90**2))
    means = mean_leads(leads)
    assert list(means["pairs"]) == [12, 12]
    assert means["plain"].iloc[0] == pytest.approx(leads[::2]["difference"].mean())
    alone = source_ua(results.ua(), "source")
    assert alone["a", "b"] == pytest.approx(np.mean(right[1]), abs=0.1)
    table = correlations(
        leads, alone.to_frame().join(results.shifts.set_index(["source", "target"]))
    )
    assert list(table["pairs"]) == [12] * len(table)
    assert {"UA of all-source", "mmd", "class_agreement"} <= set(table["measure"])
    assert table["rho"].between(-1, 1).all()
    check_marginals(results)
    parts = by_shift(leads, results.ua(), "source")
    assert sum(map(len, parts.values())) == len(leads)
    check_leaderboard(run, study, folder)
    status, _, err = run(*words, "--rivals=cada", program="figures.study", jobs=False)
    assert status == 2
    assert "--rivals: expected any of all-source, fine-tune, svm-pooled, found 'cada'" in err


def check_leaderboard(run, study, folder):
    """All methods, the best first; one that is not done on all pairs is named, and left out."""
    more = yaml.safe_load((folder / "study.yaml").read_text())
    more["methods"] = [*more["methods"], "svm-source"]
    (folder / "more.yaml").write_text(yaml.safe_dump(more))
    words = ["--results=out", "--declaration=more.yaml", "--output=board.md"]
    status, out, err = run(*words, program="figures.leaderboard", jobs=False)
    assert (status, out) == (0, "page: board.md\n"), err
    page = (folder / "board.md").read_text()
    assert "Left out, since their settings are not tried on all pairs yet: svm-source." in page
    ua = StudyResults(study, folder / "out").ua()
    for scaling in study.scalings:
        _, board = page.split(f"## Scaling: {scaling}\n\n")
        rows = [row.split("|")[1:-1] for row in board.split("\n\n")[0].splitlines()[2:]]
        own = ua[ua["scaling"] == scaling].groupby("method")["mean"].mean()
        own = own.sort_values(ascending=False)
        assert [row[1].strip(" `") for row in rows] == list(own.index)
        assert [row[3].strip() for row in rows] == [f"{100 * mean:.1f}" for mean in own]
        assert [bool(row[5].strip()) for row in rows] == [name != "fine-tune" for name in own.index]
    status, _, err = run(*words, "--reference=fada", program="figures.leaderboard", jobs=False)
    assert status == 2
    assert "--reference: expected any of all-source, fine-tune, svm-pooled, found 'fada'" in err
    status, _, err = run(*words, program="figures.method_choice", jobs=False)
    assert status == 2
    assert "--declaration: expected a study that reports 2, 12, 50 examples, found 4." in err


def check_marginals(results):
    """By hand, of one option; all values of one are worth nothing together."""
    drawn = space.draw_settings("fine-tune", results.study)
    table = marginals(results, "fine-tune")
    assert set(table["option"]) == {"max_epochs", "fine_tune_steps"}
    for _, rows in table.groupby("option"):
        assert rows["settings"].sum() == 2
        assert (rows["settings"] * rows["lead"]).sum() == pytest.approx(0, abs=1e-6)
    scores = pd.DataFrame({pair: found["fine-tune"] for pair, found in results.scores.items()})
    row = table[table["option"] == "fine_tune_steps"].iloc[0]
    having = [k for k in (1, 2) if str(drawn[k]["fine_tune_steps"]) == row["value"]]
    lead = (scores.loc[having].mean() - scores.loc[[1, 2]].mean()).mean()
    assert row["lead"] == pytest.approx(lead, abs=1e-6)
    shared = shared_marginals(results)
    assert set(shared["option"]) == {"max_epochs"}  # of all-source and fine-tune
    both = pd.concat([table, marginals(results, "all-source")])
    both = both[both["option"] == "max_epochs"].groupby("value")["lead"]
    assert shared.set_index("value")["lead"].to_dict() == pytest.approx(both.mean().to_dict())
    assert shared.set_index("value")["methods"].to_dict() == both.size().to_dict()


def check_parity(run, store, corpora, folder):
    """The rows of a default are those of ``experiments.run``."""
    for scaling, name in ((Scaling.SOURCE, "source"), (Scaling.SPEAKER_ENROLLED, "speaker")):
        status, _, err = run(
            *(f"--source=table:{corpora}/b.csv", f"--target=table:{corpora}/c.csv"),
            *("--methods=all-source,fine-tune,svm-pooled", "--examples=2,4", "--trials=2"),
            *("--folds=2", "--seed=3", f"--scaling={scaling}", "--notensorboard"),
            *("--held_out=0.2", "--max_epochs=3", f"--output_dir={name}"),
            program="experiments.run",
        )
        assert status == 0, err
        table = read_results(folder / name / "results.csv")
        table["examples"] = table["examples"].fillna(0).astype("int16")
        ours = store.rows[(store.rows["scaling"] == name) & (store.rows["setting"] == 0)]
        both = ours.merge(table, on=["method", "examples", "trial", "fold"])
        assert len(both) == len(ours)
        assert scaling is Scaling.SPEAKER_ENROLLED or len(ours) >= 2 + 4 + 4
        np.testing.assert_array_equal(both["ua_x"], both["ua_y"].astype("float32"))


def test_settings_are_drawn_from_what_the_method_has(declared):
    study = read_study(declared(settings=40))
    drawn = {name: space.draw_settings(name, study) for name in study.methods}
    assert drawn == {name: space.draw_settings(name, study) for name in study.methods}
    assert [len(settings) for settings in drawn.values()] == [41] * 3
    assert all(settings[0] == {} for settings in drawn.values())
    # That of all-source is chosen jointly with what fine-tune has of its own.
    options = {name: set(settings[1]) for name, settings in drawn.items()}
    assert options == {
        "all-source": {"max_epochs"},
        "fine-tune": {"max_epochs", "fine_tune_steps"},
        "svm-pooled": {"svm_c", "svm_share"},
    }
    steps = [setting["fine_tune_steps"] for setting in drawn["fine-tune"][1:]]
    assert set(steps) == {1, 5, 20}
    assert drawn["fine-tune"][:21] == space.draw_settings(
        "fine-tune", read_study(declared(settings=20))
    )


def test_labels_are_divided_into_equal_parts_and_none_is_trained_on_and_tested(small_problem):
    problem = dataclasses.replace(small_problem, folds=3)
    for size, parts in ((12, 3), (20, 5), (4, 2)):
        splits, smaller = train.inner_splits(problem, Cell("cada", size), (0, 1))
        assert len(splits) == 2 * 3 * parts
        assert smaller.examples == size - size // parts
        for trial, fold in itertools.product((0, 1), range(3)):
            few = np.sort(problem.examples(problem.split(trial, fold), size // 2))
            own = [s for s in splits if (s.trial, s.fold // parts) == (trial, fold)]
            np.testing.assert_array_equal(np.sort(np.concatenate([s.test for s in own])), few)
            for split in own:
                both = np.concatenate([split.train, split.test])
                np.testing.assert_array_equal(np.sort(both), few)
                counts = np.bincount(problem.target.labels[split.train], minlength=2)
                assert set(counts) == {smaller.examples // 2}
    with pytest.raises(InputError, match="a multiple of 2, 3 or 5, to divide its labels; found 7"):
        train.inner_splits(problem, Cell("cada", 14), (0,))


def test_the_best_setting_of_each_fold_by_its_few_labels():
    keys = {"scaling": "source", "method": "cada", "examples": 4, "trial": 0}
    rows = [(0, 0, 0.5), (0, 1, 0.5), (0, 2, 0.25), (1, 0, 0.5), (1, 1, 0.75), (1, 2, 0.75)]
    table = pd.DataFrame([keys | {"fold": f, "setting": s, "ua": ua} for f, s, ua in rows[::-1]])
    chosen = few_labels(table)
    assert chosen.set_index("fold")["setting"].to_dict() == {0: 0, 1: 1}


def test_options_of_networks_are_not_those_of_classifiers():
    assert space.searched("svm-source", {"patience": (5,), "svm_c": (1.0,)}) == {"svm_c": (1.0,)}
    assert set(space.searched("all-source+prior", {"patience": (5,)})) == {"patience"}
    both = {"adversarial_rate": (1e-3,), "fine_tune_rate": (1e-3,), "patience": (5,)}
    assert set(space.searched("fine-tune+cada", both)) == set(both)


def scores(seed=0, changed=()):
    """Scores of three settings on the pairs of four corpora; those of some pairs are others."""
    found = {}
    for place, pair in enumerate([(s, t) for s in NAMES for t in NAMES if s != t]):
        rng = np.random.default_rng([seed, place, *([99] if pair in changed else [])])
        index = pd.MultiIndex.from_product(
            [["cada", "fine-tune"], range(3)], names=["method", "setting"]
        )
        found[pair] = pd.Series(rng.random(6), index)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_no_pair_with_a_corpus_of_the_reported_one_is_looked_at(seed):
    """Neither as source nor as target; the others, here two, are."""
    pair = "a", "b"
    sharing = [other for other in scores() if set(other) & set(pair)]
    chosen = choose(Rule.LEAVE_CORPUS_OUT, pair, scores(seed))
    assert chosen == choose(Rule.LEAVE_CORPUS_OUT, pair, scores(seed, sharing))
    rest = scores(seed)
    mean = (rest["c", "d"] + rest["d", "c"]) / 2
    for method in ("cada", "fine-tune"):
        assert chosen[method] == mean[method].idxmax()
        own = choose(Rule.ORACLE, pair, rest)[method]
        assert own == rest[pair][method].idxmax()
    assert set(choose(Rule.DEFAULT, pair, rest).values()) == {0}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"methods": ["cadda"]}, "methods: expected any of .*found 'cadda'. Did you mean cada?"),
        ({"methods": "cada"}, "methods: expected a list, found 'cada'"),
        ({"space": {"patiense": [3]}}, "space: expected options, found 'patiense'. Did you mean"),
        ({"space": {"patience": 3}}, "space: expected a list of values of patience, found 3"),
        ({"space": {"batches": ["third"]}}, "space: expected options with their values, found "),
        ({"scalings": {"x": {"scaling": "mine"}}}, "scalings: expected options with their values"),
        ({"defaults": {"patiense": 3}}, "defaults: expected options with their values, found "),
        ({"defaults": 3}, "defaults: expected keys and values, found 3"),
        ({"apart": {"corpora": {}}}, "expected pairs of apart, found none"),
        (
            {"apart": {"corpora": {"a": "demo-actors"}, "pairs": []}},
            "corpora of apart: expected other names than those of corpora, found 'a'",
        ),
        *(
            (
                {"apart": {"corpora": {"e": "demo-actors"}, "pairs": [pair]}},
                r"pairs of apart: expected \[source, target\], names of corpora, at least one",
            )
            for pair in (["a", "b"], ["e"], ["e", "e"], ["e", "f"], "e")
        ),
        ({"folds": 1}, "folds: expected a whole number from 2 to 100, found 1"),
        ({"search": {"trials": 1}}, "expected examples of search, found none"),
        ({"search": {"trials": 0, "examples": [2]}}, "trials of search: expected a whole number"),
        ({"report": [2]}, r"expected keys and values of report, found \[2\]"),
        ({"corpora": {"a": "emodb:x"}}, "corpora: expected at least 4 corpora, so that .* found 1"),
        (
            {"validation": {"trials": 1, "examples": [4], "methods": ["all-source"]}},
            "methods of validation: expected methods that use the few labels alone, found 'all-so",
        ),
        (
            {"validation": {"trials": 1, "examples": [6], "methods": ["cada"]}},
            "examples of validation: expected trials and numbers of examples of search, found",
        ),
        ({"metods": []}, "expected any of corpora, .* found 'metods'. Did you mean methods?"),
    ],
)
def test_a_wrong_declaration_is_one_line(declared, changed, message):
    with pytest.raises(InputError, match=message) as caught:
        read_study(declared(**changed))
    assert "\n" not in str(caught.value)


def test_what_is_no_declaration(tmp_path):
    path = tmp_path / "study.yaml"
    with pytest.raises(InputError, match="expected a declaration of a study"):
        read_study(path)
    path.write_text("corpora: [")
    with pytest.raises(InputError, match="expected YAML in UTF-8, found: while parsing"):
        read_study(path)
    path.write_text("")
    with pytest.raises(InputError, match="expected keys and values, found None"):
        read_study(path)


def test_answers_are_bits():
    right = np.random.default_rng(0).random((3, 13)) < 0.5
    np.testing.assert_array_equal(unpack(map(pack, right), 13), right)


def test_a_table_that_is_none_is_refused(tmp_path):
    assert read_table(tmp_path / "x.parquet", ROWS).empty
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="expected a table of a study, found: "):
        read_table(tmp_path / "x.parquet", ANSWERS)


def test_costs_are_those_of_the_source_or_else_of_the_method():
    """With the time of what all start from, which the first number of examples has."""
    seconds = {2: [8.0, 10.0, 900.0], 12: [1.0, 3.0, 2.0]}
    rows = [
        {"method": "cada", "examples": n, "seconds": s} for n, own in seconds.items() for s in own
    ]
    rows = pd.DataFrame(rows)
    costs = Costs({("a", "b"): rows, ("b", "a"): rows.assign(seconds=4.0)})
    assert costs.by_source == {("a", "cada"): 6, ("b", "cada"): 4}
    assert costs.by_method == {"cada": 4.75}


def test_the_declaration_of_the_defaults_has_the_studys_corpora_and_searches_nothing():
    whole, own = (
        read_study(ROOT / "experiments" / f"{name}.yaml", "x")
        for name in ("study", "study_defaults")
    )
    assert own.pairs == whole.pairs
    assert own.scalings == whole.scalings
    assert (own.settings, own.space, own.defaults) == (0, {}, {})
    assert (own.search, own.report, own.seed) == (whole.search, whole.report, whole.seed)


def test_the_studys_own_declaration_is_sound():
    study = read_study(ROOT / "experiments" / "study.yaml", "x")
    assert len(study.pairs) == 30
    dear = {"deep-coral", "shla", "dae", "self-training", "mean-teacher"}
    committees = {"cada+svm-pooled+svm-labels"}
    assert set(METHODS) - set(study.methods) == dear | committees
    assert study.settings == 16
    for name in study.methods:
        assert space.searched(name, study.space), name
