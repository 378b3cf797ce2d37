"""``cada-adapt``: from a table of a few labels to a recogniser that says how good it is."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from helpers import called, make_set, make_table

from cada_tf import load
from cada_tf.adaptation.assessment import Assessment, compare, fold_contributions, interval
from cada_tf.adaptation.model_card import differences
from cada_tf.adaptation.new_speaker import speaker_problem
from cada_tf.config import Config, FoldsBy
from cada_tf.evaluation.ua_estimate import MIN_PER_CLASS
from cada_tf.protocol.problem import LabelledSet, Problem

ADAPT = "cada_tf.apps.adapt"
QUICK = ["--trials=1", "--folds=2", "--jobs=1"]


def write_corpora(folder, few=6, seed=2, shift=0.7):
    """``source.csv``, ``few.csv`` (``few`` a class, no speakers) and ``rest.csv``."""
    make_table((60, 50), seed=1).to_csv(folder / "source.csv")
    target = make_table((40, 40), shift=shift, seed=seed).drop(columns=["speaker", "emotion"])
    chosen = np.r_[0:few, 40 : 40 + few]
    target.iloc[chosen].to_csv(folder / "few.csv")
    target.drop(target.index[chosen]).to_csv(folder / "rest.csv")
    return [f"--source=table:{folder}/source.csv", f"--target={folder}/few.csv"]


@pytest.fixture
def adapt(pool, tmp_path):
    """Runs the program in a process of its own; returns its status, output and messages."""

    def run(*arguments):
        words = [ADAPT, *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


def test_from_a_table_to_a_recogniser(adapt, tmp_path):
    corpora = write_corpora(tmp_path)
    status, out, err = adapt(*corpora, "--output=mine", *QUICK, "--learning_curve")
    assert status == 0, err
    written = dict(re.findall(r"^(model|card|learning curve|figure): (\S+)$", out, re.M))
    assert [*written.values()] == ["mine.keras", "mine.md", "mine-curve.csv", "mine-curve.png"]
    assert all((tmp_path / name).stat().st_size for name in written.values())
    for name in ("cada", "all-source", "label-target", "fine-tune"):
        between = r"(−?\d+\.\d to −?\d+\.\d|not known from 2 folds)"
        lead = "" if name == "cada" else rf" +lead +−?\d+\.\d +{between}"
        assert re.search(rf"^  {name} +\d+\.\d +\d+ to \d+{lead}$", out, re.M), out
    rows = re.findall(r"^  (\S+) +(\d+\.\d) .*?(?:lead +(\S+) .*)?$", out, re.M)
    own = float(rows[0][1])
    for _, ua, lead in rows[1:4]:  # one UA, and the lead that belongs to it
        assert float(lead.replace("−", "-")) == pytest.approx(own - float(ua), abs=0.11)
    assert re.search(r"The next 10 labels should bring −?\d+\.\d points", out)
    assert "For a new speaker: not known, since the speakers of the labelled utterances are" in out
    assert "few: 6 negative, 6 positive" in err

    recogniser = load(tmp_path / "mine")
    rest = pd.read_csv(tmp_path / "rest.csv")
    assert recogniser.score(rest, rest["class"]) > 0.8
    assert recogniser.valence == {"negative": "negative", "positive": "positive"}
    assert recogniser.feature_config.sampling_rate == 16_000
    assert recogniser.card == (tmp_path / "mine.md").read_text()
    assert str(tmp_path) not in recogniser.card
    recordings = [*pd.read_csv(tmp_path / "few.csv")["file"], *rest["file"]]
    assert not any(recording in recogniser.card for recording in recordings)
    for told in (
        "| source | source | 110 | 60 negative, 50 positive | 4 |",
        "| target, labelled | few | 12 | 6 negative, 6 positive | unknown |",
        "--source=table:source.csv --target=few.csv",
        "temperature scaling on 12 labelled target utterances that the networks had not seen",
        "## Limits and licences",
        "openSMILE 2.",
        "tensorflow 2.",
    ):
        assert told in recogniser.card, told


def test_for_a_new_speaker(adapt, tmp_path):
    """Beside the estimate for the labelled speakers, where three or more are known."""
    corpora = write_corpora(tmp_path, few=9)
    few = pd.read_csv(tmp_path / "few.csv").assign(speaker=np.tile(["a", "b", "c"], 6))
    few.to_csv(tmp_path / "few.csv", index=False)
    quick = ["--trials=1", "--folds=5", "--jobs=1"]
    status, out, err = adapt(*corpora, "--output=mine", *quick)
    assert status == 0, err
    labelled, other = out.split("For a new speaker (1 × 3 folds that keep speakers apart):\n")
    assert "For the speakers labelled (1 × 5 folds):\n" in labelled
    ua, lead = zip(
        *re.findall(r"^  \S+ +(\d+\.\d) .*?(?:lead +(\S+) .*)?$", other, re.M), strict=True
    )
    assert len(ua) == 2  # cada and all-source
    assert float(lead[1].replace("−", "-")) == pytest.approx(float(ua[0]) - float(ua[1]), abs=0.11)
    (unadapted,) = re.findall(r"^  all-source +(\S+)", labelled, re.M)
    assert unadapted == ua[1]  # the same answers, of a network that has heard no speaker
    card = load(tmp_path / "mine").card
    assert "For a new speaker (1 × 3 folds that keep the labelled speakers apart" in card
    assert card.count("| cada − all-source |") == 2
    assert "| target, labelled | few | 18 | 9 negative, 9 positive | 3 | not known: ask" in card

    few.assign(speaker=np.repeat(["a", "b"], 9)).to_csv(tmp_path / "few.csv", index=False)
    status, out, err = adapt(*corpora, "--output=two", *quick)
    assert "For a new speaker: not known, since the labelled utterances are of 2 speakers" in out
    assert "are of 2 speakers; at least 3 are needed" in load(tmp_path / "two").card


def test_two_sources(adapt, tmp_path):
    corpora = write_corpora(tmp_path, few=5)
    make_table((30, 30), shift=2, seed=8).to_csv(tmp_path / "other.csv")
    for kind in ("pooled", "apart"):
        status, _, err = adapt(
            *(*corpora, "--source=table:other.csv", f"--sources={kind}"),
            *(f"--output={kind}", *QUICK),
        )
        assert status == 0, err
    pooled, apart = (load(tmp_path / kind) for kind in ("pooled", "apart"))
    assert (pooled.weights[-1].size, apart.weights[-1].size) == (4, 6)
    assert "sources=apart" in apart.card
    assert "| source | other | 60 |" in pooled.card
    rest = pd.read_csv(tmp_path / "rest.csv")
    assert min(r.score(rest, rest["class"]) for r in (pooled, apart)) > 0.7


def test_too_few_labels_are_said_to_be(adapt, tmp_path):
    corpora = write_corpora(tmp_path, few=MIN_PER_CLASS - 1)
    status, out, err = adapt(*corpora, "--output=mine", *QUICK)
    assert status == 0
    assert (
        "WARNING: too few labelled utterances to estimate anything: 4 negative, 4 positive" in err
    )
    assert "UA in %" not in out
    card = load(tmp_path / "mine").card
    assert "too few labelled utterances" in card
    assert "on the target it may be far too sure" in card


def test_negative_transfer_is_warned_of(adapt, tmp_path):
    """Where the source's classes mean the opposite, one's own labels are better alone."""
    corpora = write_corpora(tmp_path, few=12)
    source = pd.read_csv(tmp_path / "source.csv")
    source["class"] = np.where(source["class"] == "positive", "negative", "positive")
    source.to_csv(tmp_path / "source.csv", index=False)
    status, _, err = adapt(*corpora, "--output=mine", *QUICK, "--method=pooled")
    assert status == 0
    warning = re.search("WARNING: adaptation does not help .*", err)[0]
    assert "behind label-target" in warning
    assert "--method=label-target" in warning
    assert "negative transfer" in load(tmp_path / "mine").card
    status, _, err = adapt(*corpora, "--output=own", *QUICK, "--method=label-target")
    assert status == 0
    assert "behind label-target" not in err
    rest = pd.read_csv(tmp_path / "rest.csv")
    assert load(tmp_path / "own").score(rest, rest["class"]) > 0.7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target=absent.csv"], "absent.csv: expected a table, found nothing"),
        (["--target=few.txt"], "few.txt: expected a table .csv, .tsv or .parquet"),
        (["--target=no_class.csv"], "no_class.csv: expected a column 'emotion'"),
        (["--target=one.csv"], "--target one: expected at least two classes, found negative alone"),
        (["--target=other.csv"], "expected the target's classes, calm, wild; found negative"),
        (["--target=table:source.csv"], "found the same corpus"),
        (["--source=nowhere:x"], "found 'nowhere'"),
        (["--source=table:source.csv"], "expected corpora of different names, found source"),
        (["--output=absent/mine"], "--output: expected a folder at absent, found none"),
        (["--method=cda"], "Did you mean cada?"),
        (["--folds=1"], "--folds=1"),
        (["surplus"], "expected flags alone, found 'surplus'"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(adapt, tmp_path, arguments, message):
    corpora = write_corpora(tmp_path)
    few = pd.read_csv(tmp_path / "few.csv")
    few.drop(columns="class").to_csv(tmp_path / "no_class.csv", index=False)
    few[:6].to_csv(tmp_path / "one.csv", index=False)
    few.replace({"class": {"negative": "wild", "positive": "calm"}}).to_csv(
        tmp_path / "other.csv", index=False
    )
    (tmp_path / "few.txt").write_text("")
    before = sorted(tmp_path.rglob("*"))
    if arguments[0].startswith("--target"):  # of which all that are given count
        corpora = [word for word in corpora if not word.startswith("--target")]
    status, out, err = adapt(*corpora, "--output=mine", *QUICK, *arguments)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1], err
    assert err.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before


def parts_of(recogniser):
    return [recogniser.factor, recogniser.offset, recogniser.temperature, *recogniser.weights]


def test_killed_it_goes_on_and_jobs_change_nothing(adapt, tmp_path):
    corpora = write_corpora(tmp_path)
    grid = ["--trials=3", "--folds=2"]
    command = [sys.executable, "-m", ADAPT, *corpora, *grid, "--jobs=1", "--output=killed"]
    environment = os.environ | {"CADA_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    try:
        while not list(tmp_path.glob("cache/adapt/*/results.csv")):
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (tmp_path / "killed.keras").exists()
    for name, jobs, cache in (("killed", 1, "cache"), ("whole", 2, "other")):
        status, _, err = adapt(
            *(*corpora, *grid, f"--jobs={jobs}", f"--cache_dir={cache}", f"--output={name}")
        )
        assert status == 0, err
    killed, whole = (load(tmp_path / name) for name in ("killed", "whole"))
    for one, other in zip(parts_of(killed), parts_of(whole), strict=True):
        np.testing.assert_array_equal(one, other)
    cards = [re.sub("^    cada-adapt.*", "", r.card, flags=re.M) for r in (killed, whole)]
    assert cards[0] == cards[1]


def assessment(leads, low=0.6):
    """One with these leads over the rivals, in UA."""
    estimates = pd.DataFrame([{"method": "cada", "ua": 0.7, "low": low, "high": 0.8}])
    rows = [
        {
            "method": "cada",
            "rival": rival,
            "difference": lead,
            "low": lead - 0.1,
            "high": lead + 0.1,
        }
        for rival, lead in leads.items()
    ]
    return Assessment("cada", estimates=estimates, leads=pd.DataFrame(rows), chance=0.5)


def test_what_is_warned_of():
    good = {"all-source": 0.1, "label-target": 0.05, "fine-tune": -0.02}
    assert assessment(good).warnings == []
    (warning,) = assessment(good | {"all-source": -0.034}).warnings
    assert "cada is 3.4 points of UA behind all-source" in warning
    assert "(95 % interval of its lead: −13.4 to 6.6)" in warning
    assert len(assessment({"all-source": 0.0, "label-target": -0.1}).warnings) == 2
    (warning,) = assessment(good, low=0.49).warnings
    assert "cannot be told from chance, 50 %" in warning
    assert len(Assessment("cada", too_few="too few.").warnings) == 1


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ((1, 1), "not known from 2 folds"),  # the same in both
        ((1, 0), "not known from 2 folds"),  # so different that nothing is excluded
        ((0.5, 0.6), "−55.0 to 100.0"),
    ],
)
def test_two_folds_do_not_make_an_interval_of_one_number(hits, expected):
    """Of leads 0.5 and 0.6: s² = 0.005, times (1/2 + 1/1); t of df = 1 is 12.706; at most 1."""
    target = make_set((20, 20))
    problem = Problem(target, target, ("a", "b"), seed=1, trials=1, folds=2)
    own = np.zeros((1, 40), bool)
    for fold, share in enumerate(hits):
        test = problem.split(0, fold).test
        for label in (0, 1):
            those = test[target.labels[test] == label]
            own[0, those[: int(share * len(those))]] = True
    found = compare(problem, {"cada": own, "all-source": np.zeros_like(own)})
    (lead,) = found.leads.itertuples()
    assert lead.difference == pytest.approx(found.estimates["ua"][0] - found.estimates["ua"][1])
    assert interval(lead) == expected
    assert "nan" not in " ".join([*found.warnings, *differences(found)])


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        (["unknown"] * 10, "are not known (column speaker)"),
        (["a"] * 10, "are of 1 speaker; at least 3"),
        (list("aaaaabbccc"), "cannot be divided"),
        (list("abcdeabcde"), 5),
        (list("abcddabcdd"), 4),
        (list("abcdefghij"), 5),  # of one class each
    ],
)
def test_folds_for_a_new_speaker_are_as_many_as_there_can_be(speakers, expected):
    target = LabelledSet("few", np.zeros((10, 2)), np.repeat([0, 1], 5), np.array(speakers))
    found = speaker_problem(Problem(target, target, ("a", "b"), trials=3, folds=5))
    if isinstance(expected, str):
        assert expected in found
        return
    assert (found.folds, found.folds_by) == (expected, FoldsBy.SPEAKER)
    for fold in range(found.folds):
        assert set(target.labels[found.split(2, fold).test]) == {0, 1}


def test_a_fingerprint_changes_with_whatever_results_depend_on(small_problem):
    import dataclasses

    from cada_tf.adaptation.cross_validation import problem_fingerprint

    target = small_problem.target
    features = target.features.copy()
    features[3, 4] += 1e-6
    spoken = np.array(["x", *target.speakers[1:]])
    changed = [
        small_problem,
        dataclasses.replace(small_problem, seed=4),
        dataclasses.replace(small_problem, folds=3),
        dataclasses.replace(small_problem, folds_by=FoldsBy.SPEAKER),
        dataclasses.replace(
            small_problem, target=LabelledSet("made2", features, target.labels, target.speakers)
        ),
        dataclasses.replace(
            small_problem,
            target=LabelledSet("made2", target.features, target.labels[::-1], target.speakers),
        ),
        dataclasses.replace(
            small_problem, target=LabelledSet("made2", target.features, target.labels, spoken)
        ),
    ]
    found = {problem_fingerprint(problem, Config()) for problem in changed}
    found.add(problem_fingerprint(small_problem, Config(patience=3)))
    assert len(found) == len(changed) + 1
    more = dataclasses.replace(small_problem, trials=9)
    assert problem_fingerprint(more, Config()) in found


def test_the_contributions_of_folds_make_up_the_ua_over_all_utterances(small_problem):
    labels = small_problem.target.labels
    correct = np.random.default_rng(0).random((small_problem.trials, len(labels))) < 0.7
    ua = np.mean([correct[:, labels == label].mean() for label in (0, 1)])
    contributions = fold_contributions(small_problem, correct)
    assert len(contributions) == small_problem.trials * small_problem.folds
    assert contributions.mean() == pytest.approx(ua)
    everything = fold_contributions(small_problem, np.ones_like(correct))
    np.testing.assert_allclose(everything, 1)  # folds as large as each other
