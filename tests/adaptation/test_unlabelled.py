"""The target's own recordings, without labels: what they change, and what they must not."""

import dataclasses
import io
import re

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, called, make_set, make_table, voice

import cada_tf
from cada_tf import Adapter, load
from cada_tf.adaptation.adapt import adapt, train_recogniser
from cada_tf.adaptation.assessment import correct
from cada_tf.adaptation.cross_validation import cross_validate
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.config import FoldsBy, Scaling
from cada_tf.corpora.corpus import Options
from cada_tf.corpora.unlabelled import read_unlabelled
from cada_tf.errors import InputError
from cada_tf.methods import make_config
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, unlabelled_set

QUICK = ["--trials=1", "--folds=2", "--jobs=1"]
SHORT = {"max_epochs": 3, "hidden": (8,)}


@pytest.fixture
def run(pool, tmp_path):
    """Runs a program in a process of its own; returns its status, output and messages."""

    def run(program, *arguments):
        words = [f"cada_tf.apps.{program}", *map(str, arguments)]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


@pytest.fixture
def corpora(tmp_path):
    """``--source`` and ``--target`` of tables; ``all.csv`` has the labelled ones and others.

    Each speaker of the target has an offset that hides the classes.
    """
    make_table((60, 50), seed=1).to_csv(tmp_path / "source.csv")
    target = make_table((60, 60), seed=2, speakers=4)
    offsets = target["speaker"].str[1:].astype(int).to_numpy()[:, None] * 4.0
    target[list(FEATURE_NAMES)] += offsets
    few = np.r_[0:6, 60:66]
    target.iloc[few].to_csv(tmp_path / "few.csv")
    target.to_csv(tmp_path / "all.csv")
    target.drop(target.index[few]).to_csv(tmp_path / "rest.csv")
    return [f"--source=table:{tmp_path}/source.csv", f"--target={tmp_path}/few.csv"]


def test_speakers_are_normalised_from_adapting_to_predicting(run, corpora, tmp_path):
    status, _, err = run("adapt", *corpora, "--unlabelled=all.csv", "--output=mine", *QUICK)
    assert status == 0, err
    assert "all: left out, as they are labelled: 12" in err
    assert "all: 108 unlabelled, 4 speakers" in err
    card = (tmp_path / "mine.md").read_text()
    assert "| target, unlabelled | all | 108 |  | 4 |" in card
    assert "scaling=speaker-enrolled" in card
    assert "* scaling=speaker-enrolled, as speakers are known, and classes are mixed" in card
    assert "auto: scaling=speaker-enrolled, as speakers are known" in err
    assert "SEMI-SUPERVISED" in card
    found = {}
    for name, flag in {"one": [], "speakers": ["--speakers=column"]}.items():
        status, out, err = run("predict", "mine", "rest.csv", "--format=csv", *flag)
        assert status == 0, err
        assert ("no speaker is given (--speakers)" in err) is (name == "one")
        found[name] = pd.read_csv(io.StringIO(out))
    rest = pd.read_csv(tmp_path / "rest.csv")
    ua = {name: (table["class"] == rest["class"]).mean() for name, table in found.items()}
    assert ua["speakers"] > 0.9 > ua["one"]
    model = load(tmp_path / "mine")
    for _, rows in rest.groupby("speaker"):
        expected = model.for_speaker(rows).predict_proba(rows)[:, 0]
        given = found["speakers"].loc[rows.index, "p_negative"]
        np.testing.assert_allclose(given, expected, rtol=1e-6)


def test_auto_says_what_it_chose_and_why(run, corpora, tmp_path):
    """Of a target whose speakers are not known, and with labels to cross-validate."""
    words = [*corpora, "--method=auto", "--output=mine", *QUICK]
    pd.read_csv(tmp_path / "all.csv").drop(columns="speaker").to_csv(tmp_path / "nobody.csv")
    status, out, err = run("adapt", *words, "--unlabelled=nobody.csv")
    assert status == 0, err
    card = (tmp_path / "mine.md").read_text()
    (chosen,) = re.findall(r"^\* method=(\S+), expected \S+ points ahead of", card, re.MULTILINE)
    assert f"adapted by {chosen}" in card.replace("\\", "")
    assert f"  {chosen} " in out
    assert "scaling=corpus-enrolled, as the speakers of the target are not all known" in card
    assert "normalisation=z-score" in card
    assert f"auto: method={chosen}, expected" in err
    everyone = pd.read_csv(tmp_path / "all.csv")[[*FEATURE_NAMES]].to_numpy()
    scaled = load(tmp_path / "mine").scale(everyone)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-3)
    status, _, err = run("adapt", *words)  # with few labels alone
    assert status == 0, err
    assert "scaling=" not in (tmp_path / "mine.md").read_text()


def test_a_speaker_of_few_recordings_is_scaled_as_all_of_the_target(run, corpora, tmp_path):
    run("adapt", *corpora, "--unlabelled=all.csv", "--output=mine", "--method=all-source", *QUICK)
    rest = pd.read_csv(tmp_path / "rest.csv").groupby("speaker").head(9)
    rest.to_csv(tmp_path / "nine.csv", index=False)
    outs = [
        run("predict", "mine", "nine.csv", "--format=csv", *flag)
        for flag in ([], ["--speakers=column"])
    ]
    assert outs[0][1] == outs[1][1]
    assert "speakers with fewer than 10 recordings" in outs[1][2]
    assert ": 4, s0, s1, s2, s3" in outs[1][2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method=cada-semi"], "--unlabelled: expected unlabelled recordings for --method=cada-"),
        (["--scaling=corpus-enrolled"], "--unlabelled: expected unlabelled recordings for --scal"),
        (["--speaker_folders"], "--speaker_folders: expected --unlabelled with it"),
        (["--unlabelled=all.csv", "--scaling=source"], "a scaling or a method that uses the unl"),
        (["--unlabelled=few.csv"], "--unlabelled: expected recordings other than the labelled"),
        (["--unlabelled=absent"], "absent"),
    ],
)
def test_what_does_not_go_together_is_one_line(run, corpora, tmp_path, words, message):
    status, out, err = run("adapt", *corpora, "--output=mine", *QUICK, *words)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not (tmp_path / "mine.keras").exists()


def test_a_model_that_knows_no_speakers_refuses_them(run, corpora, tmp_path):
    run("adapt", *corpora, "--output=mine", "--method=all-source", *QUICK)
    status, out, err = run("predict", "mine", "rest.csv", "--speakers=column")
    assert (status, out) == (2, "")
    assert "--speakers: expected a model that was made by speaker, found another" in err
    with pytest.raises(ValueError, match="trained by speaker"):
        load(tmp_path / "mine").for_speaker(np.zeros((10, 62)))


def test_a_folder_of_speakers(tmp_path, caplog):
    for speaker in ("anna", "ben"):
        (tmp_path / "all" / speaker).mkdir(parents=True)
        soundfile.write(tmp_path / "all" / speaker / "1.wav", voice(0.2), RATE)
    soundfile.write(tmp_path / "all" / "2.wav", voice(0.2), RATE)
    (tmp_path / "all" / "notes.txt").write_text("")
    caplog.set_level("INFO")
    plain = read_unlabelled(str(tmp_path / "all"), Options())
    assert list(plain["speaker"]) == ["unknown"] * 3
    assert "files passed over" in caplog.text
    named = read_unlabelled(str(tmp_path / "all"), Options(), speaker_folders=True)
    assert sorted(named["speaker"]) == ["anna", "ben", "unknown"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"expected recordings .* below .*empty, found none"):
        read_unlabelled(str(tmp_path / "empty"), Options())


def small_problem(**changes):
    source, target = make_set((40, 40), seed=1), make_set((12, 12), shift=1.0, seed=2)
    other = make_set((30, 30), shift=1.0, seed=3)
    pool = unlabelled_set("pool", other.features, other.speakers)
    return Problem(
        source, target, ("negative", "positive"), folds=2, trials=1, pool=pool, **changes
    )


def test_the_model_is_scaled_by_all_of_the_target():
    problem = small_problem()
    config = make_config(scaling=Scaling.CORPUS_ENROLLED, **SHORT)
    recogniser, _ = train_recogniser(problem, config, "pooled")
    scaled = recogniser.scale(problem.whole_target.features)
    np.testing.assert_allclose(scaled.min(0), -1, atol=1e-4)
    np.testing.assert_allclose(scaled.max(0), 1, atol=1e-4)


def test_who_is_tested_by_speaker_has_nothing_in_the_pool():
    problem = small_problem(folds_by=FoldsBy.SPEAKER)
    everyone = problem.whole_target
    for fold in range(2):
        split = problem.split(0, fold)
        enrolled = problem.enrolled(split)
        tested = set(problem.target.speakers[split.test])
        assert not tested & set(everyone.speakers[enrolled])
        assert len(enrolled) > len(split.train)
    by_utterance = dataclasses.replace(problem, folds_by=FoldsBy.UTTERANCE)
    assert len(by_utterance.enrolled(by_utterance.split(0, 0))) == 12 + 60


@pytest.mark.parametrize("method", ["cada-unlabelled", "all-source"])
def test_who_is_new_is_so_to_scaling_and_to_methods_without_labels(method, tmp_path):
    """What the folds by speaker answer stands in the estimate, not what those by utterance did."""
    target = make_set((15, 15), shift=1.0, seed=2, speakers=3)
    problem = dataclasses.replace(small_problem(), target=target, folds=3)
    config = make_config(scaling=Scaling.SPEAKER_ENROLLED, **SHORT)
    adapted = adapt(problem, config, method, cache_dir=tmp_path, jobs=1)
    apart = dataclasses.replace(problem, folds_by=FoldsBy.SPEAKER)
    archive = cross_validate(
        apart, config, [Cell(n, None) for n in (method, "all-source")], cache_dir=tmp_path, jobs=1
    )
    found = adapted.assessment.new_speaker.estimates.set_index("method")["ua"]
    for name, ua in found.items():
        hits = correct(archive, apart, Cell(name, None))[0]
        recalls = [hits[target.labels == label].mean() for label in (0, 1)]
        assert ua == pytest.approx(np.mean(recalls))
    by_utterance = adapted.assessment.estimates.set_index("method")["ua"]
    assert found["all-source"] != by_utterance["all-source"]


def test_the_estimator_takes_unlabelled_examples():
    rng = np.random.default_rng(0)
    cues, shift = rng.normal(size=(2, 62))

    def draw(y, moved):
        return 2 * rng.normal(size=(len(y), 62)) + np.outer(y, cues) + 3 * moved * shift

    ys, yt, yu = np.arange(120) % 2, np.arange(12) % 2, np.arange(80) % 2
    Xs, Xt, Xu, X = draw(ys, 0), draw(yt, 1), draw(yu, 1), draw(yu, 1)
    plain = Adapter("all-source", calibration_folds=0).fit(Xs, ys, Xt, yt)
    scaled = Adapter("all-source", calibration_folds=0).fit(Xs, ys, Xt, yt, Xu=Xu)
    assert scaled.score(X, yu) > plain.score(X, yu) + 0.1
    with pytest.raises(ValueError, match=r"unlabelled examples of the target, which method 'dann'"):
        Adapter("dann").fit(Xs, ys, Xt, yt)
    with pytest.raises(ValueError, match="a method or a scaling that uses unlabelled examples"):
        Adapter(config=cada_tf.make_config()).fit(Xs, ys, Xt, yt, Xu=Xu)
