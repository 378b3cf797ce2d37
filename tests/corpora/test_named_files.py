"""Corpora that are read by their files' names: each on its own layout, and names that are wrong."""

import os
from pathlib import Path, PurePath

import pandas as pd
import pytest

from cada_tf.corpora import Options, load_corpus
from cada_tf.corpora.emotion_names import common_name
from cada_tf.corpora.named_files import ALL
from cada_tf.errors import InputError

LAYOUTS = {
    "ravdess": {
        "Actor_01/03-01-01-01-01-01-01.wav": ("01", "neutral"),
        "Actor_02/03-01-05-02-02-02-02.wav": ("02", "anger"),
        "Actor_02/03-01-02-01-01-01-02.wav": ("02", "calm"),
        "Actor_24/03-01-07-01-02-01-24.wav": ("24", "disgust"),
    },
    "urdu": {
        "Angry/SM1_F10_A010.wav": ("SM1", "anger"),
        "Happy/SF17_F1_H01.wav": ("SF17", "happiness"),
        "Sad/SM4_F2_S045.wav": ("SM4", "sadness"),
        "Neutral/SM12_F5_N055.wav": ("SM12", "neutral"),
    },
    "turev": {
        "Sound Source/Angry/1157_kz_acik.wav": ("1157", "anger"),
        "Sound Source/Calm/6783_kz_olum.wav": ("6783", "calm"),
        "Sound Source/Sad/1358_kz_var.wav": ("1358", "sadness"),
    },
    "crema-d": {
        "AudioWAV/1001_DFA_ANG_XX.wav": ("1001", "anger"),
        "AudioWAV/1040_ITH_SAD_X.wav": ("1040", "sadness"),
        "AudioWAV/1091_IEO_HAP_LO.wav": ("1091", "happiness"),
    },
    "savee": {
        "DC/a01.wav": ("DC", "anger"),
        "JK/n30.wav": ("JK", "neutral"),
        "ALL/KL_sa05.wav": ("KL", "sadness"),
        "ALL/JE_h01.wav": ("JE", "happiness"),
    },
    "tess": {
        "OAF_angry/OAF_back_angry.wav": ("OA", "anger"),
        "OAF_neutral/OA_bite_neutral.wav": ("OA", "neutral"),
        "YAF_Fear/YAF_home_fear.wav": ("YA", "fear"),
    },
}
SURPRISE = {
    "ravdess": "Actor_01/03-01-08-01-01-01-01.wav",
    "savee": "DC/su01.wav",
    "tess": "YAF_pleasant_surprised/YAF_home_ps.wav",
}
NEGATIVE = {"anger", "disgust", "fear", "sadness"}


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize("name", LAYOUTS)
def test_who_speaks_and_in_which_emotion(name, tmp_path, caplog):
    caplog.set_level("INFO", "cada_tf")
    layout = LAYOUTS[name]
    touch(tmp_path, *layout, "README.txt", "._a01.wav")
    corpus = load_corpus(f"{name}:{tmp_path}")
    assert corpus.attrs["name"] == name
    found = {
        str(PurePath(row.Index).relative_to(tmp_path)): (row.speaker, row.emotion)
        for row in corpus.itertuples()
    }
    assert found == layout
    negative = corpus["emotion"].isin(NEGATIVE)
    assert (corpus["class"] == negative.map({True: "negative", False: "positive"})).all()
    assert "files passed over, no recordings by their names: 2" in caplog.text
    if name in SURPRISE:
        touch(tmp_path, SURPRISE[name])
        assert len(load_corpus(f"{name}:{tmp_path}")) == len(layout)
        every = load_corpus(f"{name}:{tmp_path}", Options(classes="emotion"))
        assert "surprise" in set(every["class"])


@pytest.mark.parametrize("corpus", ALL, ids=lambda corpus: corpus.name)
def test_a_name_that_is_none_of_the_corpus(corpus, tmp_path):
    touch(tmp_path, *LAYOUTS[corpus.name], "03a01Fa.wav")
    with pytest.raises(InputError) as raised:
        load_corpus(f"{corpus.name}:{tmp_path}")
    assert f"expected a recording of {corpus.name}, named such as {corpus.example}" in str(
        raised.value
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="or below, found none"):
        load_corpus(f"{corpus.name}:{empty}")
    assert corpus.match(tmp_path / corpus.example, tmp_path)["speaker"]


def test_songs_are_left_out(tmp_path, caplog):
    caplog.set_level("INFO", "cada_tf")
    song = "Actor_01/03-02-04-01-01-01-01.wav"
    touch(tmp_path, *LAYOUTS["ravdess"], song)
    assert len(load_corpus(f"ravdess:{tmp_path}")) == len(LAYOUTS["ravdess"])
    assert "ravdess: left out 1 recordings of song" in caplog.text
    touch(tmp_path / "songs", song)
    with pytest.raises(InputError, match="found song alone"):
        load_corpus(f"ravdess:{tmp_path / 'songs'}")


@pytest.mark.parametrize("name", ["ravdess", "turev", "urdu"])
def test_the_names_of_the_real_corpora(name, corpora):
    """Speakers and emotions are those of the tables, which others made of the recordings."""
    table = pd.read_csv(corpora / name / "gemaps.csv", usecols=["file", "speaker", "emotion"])
    (reader,) = (corpus for corpus in ALL if corpus.name == name)
    for row in table.itertuples():
        match = reader.match(Path(os.sep) / row.file, Path(os.sep))
        assert row.speaker.endswith(match["speaker"])
        assert reader.emotions[match["emotion"].lower()] == common_name(row.emotion)
