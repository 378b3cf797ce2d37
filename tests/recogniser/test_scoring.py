"""Tables with labels: their scores, their other columns, and what a model was trained on."""

import csv
import dataclasses
import io
import json
import re

import audformat
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, corpus_of, make_recogniser, make_set, voice
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

import cada_tf
from cada_tf.adaptation.adapt import train_recogniser
from cada_tf.apps import predict
from cada_tf.apps.formats import FORMATS
from cada_tf.audio.feature_digest import digest
from cada_tf.audio.features import add_features, feature_names
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.protocol.problem import Problem
from cada_tf.recogniser import model_config
from cada_tf.recogniser.digests import MAX_DIGESTS, digests
from cada_tf.recogniser.labels import Labels
from cada_tf.recogniser.predictions import ABSTAINED, OK, UNUSABLE, Layout, Prediction
from cada_tf.recogniser.scoring import Score
from cada_tf.recogniser.table_row import TableRow

CLASSES = ("negative", "positive")
VALENCE = {"anger": "negative", "joy": "positive", "surprise": None}


@pytest.fixture(scope="module")
def wavs(tmp_path_factory):
    """Six recordings of 0.6 s."""
    folder = tmp_path_factory.mktemp("recordings")
    files = [str(folder / f"{name}.wav") for name in "abcdef"]
    for i, file in enumerate(files):
        soundfile.write(file, voice(0.6, pitch=100 + 40 * i), RATE)
    return files


@pytest.fixture(scope="module")
def recogniser(wavs):
    """It knows some emotions, and was trained on the first two recordings."""
    table = add_features(corpus_of(wavs[:2]))
    seen = table[list(feature_names(table))].to_numpy()
    return make_recogniser(valence=VALENCE, trained_on=digests(seen, seen[:0]))


@pytest.fixture(scope="module")
def model(recogniser, tmp_path_factory):
    return str(recogniser.save(tmp_path_factory.mktemp("model") / "my_model"))


@pytest.fixture(autouse=True)
def log(caplog):
    """What programs print, too."""
    caplog.set_level("INFO", "cada_tf")


def write(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return str(path)


def predicted(model, words, capsys, **options):
    """Exit status, rows of the output, and what was printed to the standard error."""
    status = predict.predict_recordings(model, words, format="csv", **options)
    out, err = capsys.readouterr()
    return status, list(csv.DictReader(io.StringIO(out))), err


# Scores


def random_predictions(n, classes, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(n):
        probabilities = rng.dirichlet(np.ones(len(classes)))
        row = TableRow(name="x", path="x", true_class=classes[rng.integers(len(classes))])
        status = (OK, UNUSABLE)[i % 10 == 0]
        yield Prediction(
            file="x",
            status=status,
            probabilities=tuple(probabilities) if status == OK else None,
            confidence=probabilities.max() if status == OK else None,
            problem="" if i % 7 and status == OK else "too short",
            trained_on=bool(i % 3 == 0),
            row=row,
        )


@pytest.mark.parametrize("classes", [CLASSES, ("a", "b", "c", "d")])
@pytest.mark.parametrize("threshold", [0.0, 0.55, 0.7])
def test_scores_are_those_of_scikit_learn(classes, threshold):
    score = Score(classes, threshold)
    made = list(random_predictions(400, classes))
    for prediction in made:
        score.add(prediction)
    for result, rows in (
        (score.all, made),
        (score.unseen, [each for each in made if not each.trained_on]),
    ):
        assert result.n == len(rows)
        for at, coverage, ua in result.coverage:
            judged = [p for p in rows if not p.problem and p.confidence >= at]
            true = [p.row.true_class for p in judged]
            named = [classes[int(np.argmax(p.probabilities))] for p in judged]
            assert coverage == len(judged) / len(rows)
            if len(set(true)) == len(classes):
                assert ua == pytest.approx(balanced_accuracy_score(true, named))
            if at == threshold:
                expected = confusion_matrix(true, named, labels=classes)
                np.testing.assert_array_equal(result.confusion[:, :-1], expected)
                assert result.ua == pytest.approx(ua)
    assert score.trained_on == sum(p.trained_on for p in made)
    assert json.loads(json.dumps(score.as_dict()))["recordings"] == score.unseen.n


def test_predictions_without_a_label_do_not_count():
    score = Score(CLASSES)
    prediction = Prediction(file="x", status=OK, confidence=0.9, probabilities=(0.1, 0.9))
    score.add(prediction)
    score.add(dataclasses.replace(prediction, row=TableRow(name="x", path="x")))
    assert score.all.n == 0
    assert np.isnan(score.all.ua)
    assert score.as_dict()["ua"] is None


# Labels


def test_labels_are_classes_or_the_models_emotions(recogniser):
    labels = Labels(recogniser)
    found = {label: labels.find(label) for label in ("Anger", " JOY ", "Positive", "surprise")}
    assert list(found.values()) == ["negative", "positive", "positive", None]
    assert labels.find("bored") is labels.find("") is None


@pytest.mark.parametrize("column", ["class", "emotion", "label"])
def test_a_labelled_table_is_scored(model, recogniser, wavs, tmp_path, capsys, column):
    table = write(
        tmp_path / "list.csv",
        **{
            "file": [*wavs, wavs[3], wavs[4], wavs[5], "absent.wav"],
            column: "anger joy anger joy Joy negative bored - surprise joy".replace("-", "").split(
                " "
            ),
        },
    )
    report = tmp_path / "report.json"
    status, rows, err = predicted(model, [table], capsys, report=str(report))
    assert status == 1  # of the recording that is absent
    truth = ["negative", "positive", "negative", "positive", "positive", "negative"]
    assert [row["true_class"] for row in rows] == [*truth, "", "", "", "positive"]
    assert [row["trained_on"] for row in rows] == ["True"] * 2 + ["False"] * 7 + [""]
    named = list(recogniser.predict_files(wavs)["class"])
    ua, ua_all = (balanced_accuracy_score(truth[i:], named[i:]) for i in (2, 0))
    found = json.loads(report.read_text())
    assert found["ua"] == pytest.approx(ua)
    assert found["with_trained_on"]["ua"] == pytest.approx(ua_all)
    assert (found["recordings"], found["answered"], found["trained_on"]) == (5, 4, 2)
    assert found["not_judged"] == {"negative": 0, "positive": 1}
    assert f"UA {100 * ua:.1f} % on 5 labelled recordings, of which 4 were judged, without 2" in err
    assert f"\nUA {100 * ua_all:.1f} % with these, which says nothing about new" in err


def test_unknown_labels_are_named(model, wavs, tmp_path, capsys, caplog):
    table = write(tmp_path / "list.csv", file=wavs[:4], emotion=["bored", "bored", "", "surprise"])
    status, rows, err = predicted(model, [table], capsys)
    assert status == 0
    assert [row["status"] for row in rows] == [OK] * 4
    assert (
        f"{table}, column emotion: expected a class (negative, positive) or an emotion that the "
        "model knows (anger, joy, surprise), found bored (2). These rows are predicted, but not "
        "scored. Give their classes in a column class."
    ) in caplog.messages
    assert "not scored, as the model leaves out: surprise" in caplog.text
    assert "not scored, as they have no label: 1 rows" in caplog.text
    assert err == "No UA, as no recording has a label that is or means a class of the model.\n"


def test_what_the_model_was_trained_on_alone_is_no_score(model, wavs, tmp_path, capsys):
    table = write(tmp_path / "list.csv", file=wavs[:2], emotion=["anger", "anger"])
    _, _, err = predicted(model, [table], capsys)
    assert re.fullmatch(
        r"No UA, as the model was trained on all labelled recordings, 2; on these it is \d+\.0 %, "
        r"which says nothing about new recordings\.\n",
        err,
    )


def test_what_is_too_short_is_never_covered(model, tmp_path, capsys):
    soundfile.write(tmp_path / "short.wav", voice(0.3), RATE)
    table = write(tmp_path / "list.csv", file=["short.wav"], label=["joy"])
    _, rows, _ = predicted(model, [table], capsys, report=str(tmp_path / "report.json"))
    assert rows[0]["status"] == ABSTAINED
    found = json.loads((tmp_path / "report.json").read_text())
    assert {row["coverage"] for row in found["coverage"]} == {0}
    assert found["not_judged"]["positive"] == 1


def test_a_report_needs_labels(model, wavs, tmp_path):
    with pytest.raises(InputError, match=r"^`report`: expected a table with a column class, emo"):
        predict.predict_recordings(model, wavs, report=str(tmp_path / "report.json"))
    with pytest.raises(InputError, match=r"^`report`: expected a folder at "):
        predict.predict_recordings(model, wavs, report=str(tmp_path / "none" / "report.json"))


# Other columns


@pytest.mark.parametrize("form", FORMATS)
def test_other_columns_of_tables_are_kept(model, wavs, tmp_path, capsys, form):
    write(tmp_path / "one.csv", file=wavs[:2], **{"class": ["joy", "anger"], "call": ["03", ""]})
    write(tmp_path / "two.csv", file=wavs[2:3], status=["new"], x=["a,b"])
    words = [str(tmp_path / "one.csv"), wavs[4], str(tmp_path / "two.csv")]
    assert predict.predict_recordings(model, words, format=form) == 0
    out = capsys.readouterr().out
    if form == "table":
        heads = ["table_class", "call", "table_status", "x", "file"]
        assert out.splitlines()[0].split()[-5:] == heads
        assert out.splitlines()[1].split()[-6:-1] == ["positive", "joy", "03", "-", "-"]
        return
    if form == "jsonl":
        rows = [json.loads(line) for line in out.splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(out)))
        rows = [{k: v or None for k, v in row.items()} for row in rows]
    kept = [[row[k] for k in ("table_class", "call", "table_status", "x")] for row in rows]
    assert kept == [
        ["joy", "03", None, None],
        ["anger", None, None, None],
        [None] * 4,
        [None, None, "new", "a,b"],
    ]
    assert [row["file"] for row in rows] == [*wavs[:2], wavs[4], wavs[2]]
    if form == "audformat":
        (tmp_path / "out.csv").write_text(out)
        assert list(audformat.utils.read_csv(str(tmp_path / "out.csv")).index) == [
            row["file"] for row in rows
        ]


def test_columns_have_names_of_their_own():
    names = ("class", "table_class", "true_class", "problem", "x")
    layout = Layout(CLASSES, labelled=True, marks_training=True, table_columns=names)
    assert len(set(layout.columns)) == len(layout.columns)
    row = TableRow(name="a", path="a", cells=dict(zip(names, "abcde", strict=True)))
    assert layout.cells(Prediction(file="a", row=row))[-5:] == list("abcde")


# What a model was trained on


def test_a_training_leaves_digests_of_target_and_source():
    source, target = make_set((30, 30)), make_set((6, 6), shift=0.5, seed=1)
    names = tuple(f"f{i}" for i in range(source.features.shape[1]))
    problem = Problem(source, target, CLASSES, 0, trials=1, folds=1, feature_names=names)
    config = dataclasses.replace(Config(), max_epochs=2)
    made, _ = train_recogniser(problem, config, "all-source")
    assert len(made.trained_on) == 72
    assert digest(target.features[3]) in made.trained_on
    assert digest(source.features[3]) in made.trained_on
    assert digest(np.nextafter(target.features[3], 9)) not in made.trained_on


def test_digests_are_bounded():
    few, many = np.zeros((2, 1)), np.arange(MAX_DIGESTS)[:, None]
    assert digests(few, many) == {digest(few[0])}
    assert len(digests(many, few)) == MAX_DIGESTS
    assert digest(np.array([0.0])) == digest(np.array([-0.0]))


def test_digests_come_back_from_the_file(recogniser, model):
    assert cada_tf.load(model).trained_on == recogniser.trained_on
    assert len(recogniser.trained_on) == 2


@pytest.mark.parametrize("text", [7, None, "0" * 15, "G" * 16, "0" * 16 * (MAX_DIGESTS + 1)])
def test_strange_digests_are_refused(text):
    with pytest.raises(ValueError, match="digests"):
        model_config.split_digests(text)


def test_an_older_model_does_not_know(wavs, tmp_path, capsys):
    config = make_recogniser(valence=VALENCE).to_keras().get_config()
    del config["trained_on"]
    assert model_config.check(config).fields["trained_on"] == frozenset()
    model = str(make_recogniser(valence=VALENCE).save(tmp_path / "old"))
    table = write(tmp_path / "list.csv", file=wavs, emotion=["joy", "anger"] * 3)
    _, rows, err = predicted(model, [table], capsys)
    assert "trained_on" not in rows[0]
    assert "not known: whether the model was trained on 6 of them" in err


def test_a_part_of_a_recording_is_not_said_to_be_new(recogniser, wavs):
    found = recogniser.predict_files(wavs[:3], segments=0.5)
    assert list(found["trained_on"]) == [True, True, None]
    assert list(recogniser.predict_files(wavs[:3])["trained_on"]) == [True, True, False]
