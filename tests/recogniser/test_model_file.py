"""What a model file is refused for, in a line that says what to do."""

import dataclasses
import json
import os
import zipfile

import numpy as np
import pytest
from helpers import make_functionals, make_random_recogniser

import cada_tf
from cada_tf import FeatureConfig, InputError, load
from cada_tf.audio.opensmile import VERSION
from cada_tf.config import Normalisation
from cada_tf.recogniser.model_config import FORMAT


@pytest.fixture
def path(tmp_path):
    measured = FeatureConfig("GeMAPSv01b", VERSION, 16_000)
    return make_random_recogniser(feature_config=measured, valence={"rage": "angry"}).save(
        tmp_path / "mine"
    )


def change(path, **fields):
    """Writes the file anew, its config changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"] |= fields
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def test_the_suffix_may_be_left_out(path, tmp_path):
    assert path == tmp_path / "mine.keras"
    recogniser = load(tmp_path / "mine")
    x = make_functionals(recogniser, 5)
    np.testing.assert_array_equal(recogniser.predict_proba(x), load(path).predict_proba(x))
    assert recogniser.valence == {"rage": "angry"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"measured": {"feature_set": "GeMAPSv01b", "opensmile": "1.2", "sampling_rate": 8000}},
            rf"expected openSMILE 1\.2, .* found {VERSION}\. pip install opensmile==1\.2\.$",
        ),
        ({"format": FORMAT + 1}, "of a later cada_tf. pip install --upgrade cada-tf"),
        ({"features": ["one"]}, "weights"),
        ({"classes": ["one", "two"]}, "it has emotions of unknown classes"),
        ({"domains": 3}, r"it has weights \(8, 6\)"),
        ({"hidden": ["x"]}, "it has a strange width"),
        ({"card": 3}, "it has a card that is no text"),
        ({"measured": {"opensmile": "1.2"}}, "it has a strange measurement"),
        ({"by_speaker": "true"}, "it has something else in the place of true or false"),
        ({"normalisation": "rank"}, "it has an unknown normalisation"),
    ],
)
def test_what_does_not_fit_is_refused(path, fields, message):
    change(path, **fields)
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_no_file_and_no_right_to_read(path, tmp_path):
    with pytest.raises(InputError, match=r"found nothing. Name the file that cada-adapt wrote"):
        load(tmp_path / "absent")
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(InputError, match="found a folder"):
        load(tmp_path / "folder")
    path.chmod(0)
    if not os.access(path, os.R_OK):  # root may read all
        with pytest.raises(InputError, match="Check its permissions"):
            load(path)


def test_format_1_names_features_as_it_always_did(path):
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    assert config["registered_name"] == "cada_tf>RecogniserNetwork"
    assert config["config"]["format"] == FORMAT == 1
    expected = {"feature_set": "GeMAPSv01b", "opensmile": VERSION, "sampling_rate": 16_000}
    assert config["config"]["measured"] == expected
    assert load(path).feature_config == FeatureConfig("GeMAPSv01b", VERSION, 16_000)


def test_files_of_before_there_were_speakers_are_read(path):
    assert not load(path).by_speaker
    change(path, by_speaker=True, normalisation="z-score")
    found = load(path)
    assert (found.by_speaker, found.normalisation) == (True, Normalisation.Z_SCORE)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    for name in ("by_speaker", "trained_on", "normalisation"):
        del config["config"][name]
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    older = load(path)
    assert (older.by_speaker, older.trained_on) == (False, frozenset())
    assert older.normalisation is Normalisation.MIN_MAX


def test_the_old_name_of_feature_config(path):
    recogniser, other = load(path), FeatureConfig("GeMAPSv01b", VERSION, 8000)
    with pytest.warns(DeprecationWarning, match=r"Recogniser\.measured is deprecated .* Use Rec"):
        assert recogniser.measured == recogniser.feature_config
    with pytest.warns(DeprecationWarning, match=r"Use Recogniser\(feature_config=\.\.\.\)"):
        assert dataclasses.replace(recogniser, measured=other).feature_config == other
    with pytest.warns(DeprecationWarning, match=r"Use cada_tf\.FeatureConfig"):
        assert cada_tf.Measurement is FeatureConfig


def test_of_another_set_it_classifies_numbers(path):
    change(path, measured={"feature_set": "mine", "opensmile": "1", "sampling_rate": 0})
    recogniser = load(path)
    assert recogniser.predict(make_functionals(recogniser, 3)).shape == (3,)
    with pytest.raises(InputError, match="expected the feature set mine of version 1 with 5"):
        recogniser.predict_files(["a.wav"])
