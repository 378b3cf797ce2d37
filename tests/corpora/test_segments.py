"""Corpora whose utterances are segments of recordings."""

import audiofile
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cada_tf import add_features, load_corpus
from cada_tf.audio.utterance import segment_name, split_name
from cada_tf.corpora.inspection import inspect
from cada_tf.errors import InputError

RATE = 16_000


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.wav", "b.wav"):
        t = np.arange(3 * RATE) / RATE
        tone = 0.2 * np.sin(2 * np.pi * (150 + 60 * t) * t) + 0.02 * rng.normal(size=len(t))
        audiofile.write(tmp_path / name, tone.astype(np.float32), RATE)
    return tmp_path


def table(folder, rows):
    columns = ["file", "start", "end", "speaker", "class"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "t.csv", index=False)
    return load_corpus(f"table:{folder / 't.csv'}")


def test_segments_are_measured_each_by_itself(folder, tmp_path):
    corpus = table(
        folder,
        [
            ("a.wav", "0 days 00:00:00.500000", "0 days 00:00:01.500000", "s", "x"),
            ("a.wav", 1, 2, "s", "y"),  # they may overlap
            ("b.wav", "", "", "t", "x"),
        ],
    )
    measured = add_features(corpus, cache_dir=tmp_path / "cache")
    whole, rate = audiofile.read(folder / "a.wav")
    audiofile.write(tmp_path / "cut.wav", whole[RATE // 2 : 3 * RATE // 2], rate)
    cut = table(tmp_path, [("cut.wav", "", "", "s", "x")])
    cut = add_features(cut, cache_dir=tmp_path / "cache")
    first, second = measured.iloc[:2, 3:].to_numpy(float)
    np.testing.assert_allclose(first, cut.iloc[0, 3:].astype(float), rtol=1e-5)
    assert not np.allclose(first, second)
    again = add_features(corpus, cache_dir=tmp_path / "cache")
    pd.testing.assert_frame_equal(again, measured)
    assert list(inspect(corpus).files["duration"].round(3)) == [1.0, 1.0, 3.0]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (2, 4, r"a\.wav: expected a segment inside of the recording's 3\.000 s"),
        (1, 1, "expected a segment of some length, found an empty one"),
        (2, 1, "found one that ends before it starts"),
        (5, "", "expected a segment inside of the recording's 3.000 s"),
    ],
)
def test_what_is_no_segment_is_one_line(folder, start, end, message):
    corpus = table(folder, [("a.wav", 0, 1, "s", "x"), ("a.wav", start, end, "s", "y")])
    with pytest.raises(InputError, match=message):
        add_features(corpus)
    assert len(add_features(corpus, skip_bad_files=True)) == 1


def test_tables_that_name_no_segments(folder):
    with pytest.raises(InputError, match="line 2, column start: expected a time"):
        table(folder, [("a.wav", "soon", 1, "s", "x")])
    with pytest.raises(InputError, match="expected each file once"):
        table(folder, [("a.wav", 0, 1, "s", "x"), ("a.wav", "0", "1.0", "s", "x")])
    (folder / "t.csv").write_text("file,start,speaker,class\na.wav,0,s,x\n")
    with pytest.raises(InputError, match="'start' alone"):
        load_corpus(f"table:{folder / 't.csv'}")


times = st.floats(0, 86_400).map(lambda time: round(time, 9))


@given(times, st.none() | times)
def test_names_of_segments_can_be_read_back(start, end):
    name = segment_name("dir/a b#1.wav", start, end)
    assert split_name(name) == ("dir/a b#1.wav", start, end)


def test_a_file_may_have_the_name_of_a_segment(tmp_path):
    path = tmp_path / "a.wav#t=0,1"
    path.touch()
    assert split_name(str(path)) == (str(path), None, None)
