"""Tables as people's programs write them: separators, encodings, headers, paths."""

import csv
import logging

import numpy as np
import pandas as pd
import pytest
from helpers import make_table

from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.corpora import load_corpus
from cada_tf.corpora.registry import load_examples
from cada_tf.corpora.table_file import read_cells
from cada_tf.errors import InputError
from cada_tf.recogniser.recordings import find_recordings

ROWS = [["file", "speaker", "emotion"], ["a.wav", "Zoë", "joy"], ["b.wav", "03", "anger"]]


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO, "cada_tf")


@pytest.fixture
def folder(tmp_path):
    """A folder with the recordings of ``ROWS``, by name only."""
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    return tmp_path


def write(folder, rows=ROWS, separator=",", encoding="utf-8", suffix=".csv"):
    path = folder / f"list{suffix}"
    text = "".join(f"{separator.join(row)}\r\n" for row in rows)
    path.write_bytes(text.encode(encoding))
    return path


def logged(caplog):
    """What was said of the table, without its path."""
    return [r.getMessage().partition(": ")[2] for r in caplog.records]


@pytest.mark.parametrize(
    ("separator", "suffix", "said"),
    [
        (",", ".csv", []),
        (", ", ".csv", []),
        (";", ".csv", ["separator semicolon"]),
        ("\t", ".csv", ["separator tab"]),
        ("\t", ".tsv", []),
        (",", ".tsv", ["separator comma"]),
    ],
)
@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("utf-16", ["read as UTF-16"]),
        ("cp1252", ["read as Windows-1252 (Latin-1), as it is not UTF-8"]),
    ],
)
def test_encodings_and_separators(folder, caplog, separator, suffix, said, encoding, read_as):
    corpus = load_corpus(f"table:{write(folder, ROWS, separator, encoding, suffix)}")
    assert list(corpus["speaker"]) == ["Zoë", "03"]
    assert list(corpus["class"]) == ["positive", "negative"]
    assert logged(caplog) == (["; ".join(read_as + said)] if read_as + said else [])


@pytest.mark.parametrize(
    ("header", "separator", "columns"),
    [
        ("file;speaker;emotion, as heard", ";", ["file", "speaker", "emotion, as heard"]),
        ("file,speaker;old,emotion", ",", ["file", "speaker;old", "emotion"]),
        ('"file";"speaker, age";emotion', ";", ["file", "speaker, age", "emotion"]),
        ("file", ",", ["file"]),
        ("x;y,z", ",", ["x;y", "z"]),
    ],
)
def test_two_separators_in_the_first_line(tmp_path, header, separator, columns):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n{separator.join('1' * len(columns))}\n")
    assert list(read_cells(path).columns) == columns


def test_two_separators_that_do_equally_well_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("file,a;file,b\n1,2,3\n")
    assert "file" in read_cells(path)  # by ";" the second cell is "file,b"
    path.write_text("file,x;file\n1,2\n")
    with pytest.raises(InputError, match=r"expected one separator .*, found comma and semicolon"):
        read_cells(path)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["File", " Speaker ", "CLASS"], "column File as file; column Speaker as speaker"),
        (["filename", "speaker", "class"], "column filename as file"),
        (["Path", "speaker", "class"], "column Path as file"),
        (["file", "speaker", "Label"], "column Label as label"),
    ],
)
def test_headers(folder, caplog, header, said):
    path = write(folder, [header, ["a.wav", "1", "good"], ["b.wav", "2", "bad"]], ";")
    assert list(load_corpus(f"table:{path}")["class"]) == ["good", "bad"]
    assert said in caplog.text
    assert list(map(str, find_recordings([str(path)]))) == [f"{folder}/a.wav", f"{folder}/b.wav"]


def test_headers_of_parquet(folder):
    frame = pd.DataFrame({"File": ["a.wav"], "Speaker ": ["1"], "label": ["joy"]})
    frame.to_parquet(folder / "a.parquet")
    assert list(load_corpus(f"table:{folder}/a.parquet")["class"]) == ["positive"]
    frame.assign(file="b.wav").to_parquet(folder / "a.parquet")
    with pytest.raises(InputError, match="expected one column 'file', found 'File' and 'file'"):
        load_corpus(f"table:{folder}/a.parquet")


@pytest.mark.parametrize(
    ("labels", "name", "classes"),
    [
        (["Joy", "anger"], "emotion", ["positive", "negative"]),
        (["smug", "rude"], "class", ["smug", "rude"]),
        (["1", "0"], "class", ["1", "0"]),
    ],
)
def test_label_is_a_name_of_emotion_or_class(folder, caplog, labels, name, classes):
    rows = [["file", "label"], *zip(["a.wav", "b.wav"], labels, strict=True)]
    assert list(load_examples(str(write(folder, rows)))["class"]) == classes
    assert f"column label as {name}" in caplog.text


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("File,file,speaker,class", "expected one column 'file', found 'File' and 'file'. Rename"),
        ("file,file,speaker,class", "expected one column 'file', found 'file' and 'file'"),
        ("filename,path,speaker,class", "one column 'file', found 'filename' and 'path'"),
        ("file,x,Class,CLASS ", "expected one column 'class', found 'Class' and 'CLASS '"),
        ("file,speaker,label,x", "found what may be either: joy is a known emotion, smug is not"),
        ("file,speaker,x,y", "expected a column 'emotion', found file, speaker, x, y"),
        ("files,speaker,x,y", "expected a column 'file', found files, speaker"),
    ],
)
def test_headers_that_are_refused(tmp_path, header, message):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\na.wav,1,joy,2\nb.wav,1,smug,2\n")
    with pytest.raises(InputError, match=message):
        load_corpus(f"table:{path}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,class\na,b\n".encode("utf-16-le"), "NUL characters .* Save it as CSV UTF-8"),
        ("file,class\nа,b\n".encode("cp1251") + b"\x81", "that none of them has. Save it as CSV"),
        ("file,class\na,b\n".encode("utf-16")[:-1], "read as .csv, found: 'utf-16-le' codec"),
        (b'File,"x\ny",file\n1,2,3\n', "read as .csv, found: columns of the same name"),
    ],
)
def test_text_that_is_refused(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_cells(path)


def test_a_spreadsheet_is_no_recording(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"found \.xlsx\. Save it as CSV"):
        find_recordings([f"{tmp_path}/a.xlsx"])


def test_windows_paths(tmp_path, caplog):
    (tmp_path / "audio" / "deep").mkdir(parents=True)
    for name in ("audio/deep/a.wav", r"odd\b.wav"):
        (tmp_path / name).touch()
    names = [r"audio\deep\a.wav", r"odd\b.wav"]
    path = write(tmp_path, [["file", "class"], [names[0], "x"], [names[1], "y"]], ";")
    found = [f"{tmp_path}/audio/deep/a.wav", rf"{tmp_path}/odd\b.wav"]
    assert (
        list(load_examples(str(path)).index)
        == list(map(str, find_recordings([str(path)])))
        == found
    )
    assert r"paths read with / instead of \ between folders: 1" in caplog.text
    path = write(tmp_path, [["file", "class"], [r"C:\audio\a.wav", "x"]])
    with pytest.raises(InputError, match=r"a recording at .*C:\\audio\\a.wav, found nothing"):
        load_examples(str(path))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_numbers_are_the_same_by_any_separator(tmp_path, separator):
    table = make_table((3, 3))
    table.to_csv(tmp_path / "a.csv", sep=separator, encoding="utf-16")
    corpus = load_corpus(f"table:{tmp_path}/a.csv")
    np.testing.assert_array_equal(corpus[list(FEATURE_NAMES)], table[list(FEATURE_NAMES)])


def test_decimal_commas_are_refused_with_the_remedy(tmp_path):
    make_table((3, 3)).to_csv(tmp_path / "a.csv", sep=";", decimal=",", quoting=csv.QUOTE_MINIMAL)
    with pytest.raises(InputError, match=r"line 2, .* Write numbers with a decimal point instead"):
        load_corpus(f"table:{tmp_path}/a.csv")


@pytest.mark.parametrize("column", ["label", "class", "emotion"])
def test_a_file_labelled_in_two_ways_shows_both(folder, column):
    path = write(folder, [["file", column], ["a.wav", "joy"], ["b.wav", "joy"], ["a.wav", "anger"]])
    with pytest.raises(InputError, match=r"a.wav more than once, .*(class|emotion) anger and joy"):
        load_examples(str(path))
