"""``cada-adapt --suggest``: the table to fill in, which is a table of labels, and the page."""

import csv
import html.parser
import io
import json
import urllib.parse

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, called, make_table, voice

from cada_tf.apps import suggestion_page, suggestions
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.errors import InputError

QUICK = ["--trials=1", "--folds=2", "--jobs=1", "--method=pooled"]
ODD = "ä \"b\" <script>alert('1')<∕script> &amp; #1?%20.wav"


@pytest.fixture
def run(pool, tmp_path):
    """Runs cada-adapt in a process of its own; returns its status, output and messages."""

    def run(*arguments):
        words = ["cada_tf.apps.adapt", *map(str, arguments), *QUICK]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


@pytest.fixture
def corpora(tmp_path):
    """``--source``, ``--target`` and ``--unlabelled`` of tables with features."""
    make_table((40, 30), seed=1).to_csv(tmp_path / "source.csv")
    target = make_table((30, 30), seed=2)
    target.iloc[np.r_[0:6, 30:36]].to_csv(tmp_path / "few.csv")
    target.drop(columns=["emotion", "class"]).to_csv(tmp_path / "all.csv")
    return [f"--source=table:{tmp_path}/source.csv", "--target=few.csv", "--unlabelled=all.csv"]


class Page(html.parser.HTMLParser):
    """The elements of a page: names and attributes; and the text of the scripts."""

    def __init__(self, text):
        super().__init__()
        self.found, self.scripts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "script" and data.strip():
            self.scripts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_what_is_suggested_is_labelled_and_used(run, corpora, tmp_path):
    status, out, err = run(*corpora, "--suggest=5", "--output=mine")
    assert status == 0, err
    assert "to label: mine-suggested.csv" in out
    assert "to listen to: mine-suggested.html" in out
    table = pd.read_csv(tmp_path / "mine-suggested.csv")
    heads = ["rank", "file", "speaker", "predicted", "confidence", "reason", "class"]
    assert list(table) == [*heads, *FEATURE_NAMES]
    assert list(table["rank"]) == [f"{i} of 5" for i in range(1, 6)]
    everyone = pd.read_csv(tmp_path / "all.csv").set_index("file")
    assert table["file"].is_unique
    assert not set(table["file"]) & set(pd.read_csv(tmp_path / "few.csv")["file"])
    assert list(table["speaker"]) == list(everyone.loc[table["file"], "speaker"])
    assert table["class"].isna().all()
    page = Page((tmp_path / "mine-suggested.html").read_text())
    assert not page.all("audio")

    again = [*corpora, "--target=mine-suggested.csv", "--output=other"]
    status, out, err = run(*again)
    assert (status, out) == (2, "")
    assert "mine-suggested.csv: expected a value in column 'class', found none in any row" in err

    table["class"] = ["negative", "positive", "positive", None, " "]
    table.to_csv(tmp_path / "mine-suggested.csv", index=False)
    status, _, err = run(*corpora, "--suggest=5", "--output=mine")
    assert status == 2
    assert "found 3. Rename it, and give it as one more --target." in err.splitlines()[-1]

    status, _, err = run(*again, "--suggest=5", "--suggest_by=uncertainty")
    assert status == 0, err
    assert "mine-suggested.csv: left out, as they have no label: 2 rows" in err
    assert "few: 7 negative, 8 positive, 4 speakers" in err
    assert "all: left out, as they are labelled: 15" in err
    more = pd.read_csv(tmp_path / "other-suggested.csv")
    assert not set(more["file"]) & set(table["file"][:3])


def test_recordings_are_played_from_the_page_and_found_from_the_table(run, corpora, tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    names = [ODD, *(f"{i}.wav" for i in range(23))]
    for place, name in enumerate(names):
        sound = voice(0.2, pitch=90 + 9 * place, seed=place)
        soundfile.write(folder / name, sound, RATE)
    few = [(f"a folder/{n}", "np"[i % 2]) for i, n in enumerate(names[-8:])]
    rows = [(name, {"n": "negative", "p": "positive"}[c]) for name, c in few]
    pd.DataFrame(rows, columns=["file", "class"]).to_csv(tmp_path / "few.csv", index=False)
    (tmp_path / "models").mkdir()
    words = [corpora[0], "--target=few.csv", "--unlabelled=a folder", "--output=models/mine"]
    status, _, err = run(*words, "--suggest=16")
    assert status == 0, err
    page = (tmp_path / "models" / "mine-suggested.html").read_text()
    found = [
        (tmp_path / "models" / urllib.parse.unquote(audio["src"])).resolve()
        for audio in Page(page).all("audio")
    ]
    assert sorted(found) == sorted((folder / name).resolve() for name in names[:16])
    table = pd.read_csv(tmp_path / "models" / "mine-suggested.csv")
    assert [(tmp_path / "models" / file).resolve() for file in table["file"]] == found
    table["class"] = ["negative", "positive"] * 8
    table.to_csv(tmp_path / "models" / "mine-suggested.csv", index=False)
    words = [*words[:2], "--target=models/mine-suggested.csv", "--output=again"]
    status, _, err = run(*words)
    assert status == 0, err
    assert "few: 12 negative, 12 positive" in err
    status, _, err = run(*words, "--unlabelled=a folder", "--suggest=1")
    assert status == 2
    assert "--unlabelled: expected recordings other than the labelled ones" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--suggest=49"], "--suggest: expected at most 48, as there are no more recordings"),
        (["--suggest=-1"], "--suggest"),
        (["--suggest=3", "--suggest_by=luck"], "--suggest_by"),
        (["--suggest=3", "--unlabelled="], "--unlabelled"),
        (["--target=few.csv"], "expected each file once, found 2_000.wav more than once"),
        (["--target=plain.csv"], "--target: expected features in all tables of examples or in n"),
    ],
)
def test_what_cannot_be_is_one_line(run, corpora, tmp_path, words, message):
    soundfile.write(tmp_path / "a.wav", voice(0.2), RATE)
    (tmp_path / "plain.csv").write_text("file,class\na.wav,negative\n")
    status, out, err = run(*corpora, "--output=mine", *words)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not list(tmp_path.glob("mine*"))


def test_without_unlabelled_recordings_there_is_nothing_to_suggest(run, corpora):
    status, out, err = run(*corpora[:2], "--output=mine", "--suggest=3")
    assert (status, out) == (2, "")
    assert "--suggest: expected unlabelled recordings to choose from (--unlabelled)" in err


def pool_of(names, *, given=False):
    table = pd.DataFrame(
        {"speaker": "s", "emotion": "u", "class": "u"},
        index=pd.Index(names, name="file", dtype=object),
    )
    table[list(FEATURE_NAMES)] = np.float32(0.1)
    table.attrs = {"name": "all", "features": None, "given": given}
    return table


def found_of(count):
    return pd.DataFrame(
        {
            "position": range(count),
            "speaker": "s",
            "predicted": "positive",
            "confidence": 0.625,
            "reason": "drawn at random",
        }
    )


def written(tmp_path, names, model="mine", **options):
    options = {"label": "class", "choices": ("a", "b")} | options
    pool = pool_of(names, given=options.pop("given", False))
    path = tmp_path / f"{model}.keras"
    files = suggestions.write(found_of(len(names)), pool, tmp_path, path, **options)
    rows = list(
        csv.DictReader(io.StringIO(files["to label"].read_bytes().decode(errors="replace")))
    )
    return rows, files["to listen to"].read_bytes().decode(errors="replace")


def test_names_are_text_on_the_page(tmp_path):
    """Nothing that a name holds becomes an element, ends a script, or another address."""
    odd = [ODD, "</script><img src=x>.wav".replace("/", "∕"), "a:b.wav", "$model ${x}.wav"]
    paths = [str(tmp_path / name) for name in odd]
    for path in paths:
        soundfile.write(path, voice(0.1), RATE)
    label, model = "class", '<b>"m"'
    rows, text = written(tmp_path, paths, model, choices=("<i>x", 'y"z'))
    assert [row["file"] for row in rows] == odd
    page = Page(text)
    assert len(page.all("script")) == 2
    assert not page.all("img") + page.all("b") + page.all("i")
    assert [urllib.parse.unquote(a["src"]) for a in page.all("audio")] == odd
    assert not any(urllib.parse.urlsplit(a["src"]).scheme for a in page.all("audio"))
    assert [a["aria-label"] for a in page.all("audio")] == odd
    values = [a["value"] for a in page.all("input") if a["name"] == "c0"]
    assert values == ["", "<i>x", 'y"z']
    header, *filled = json.loads(page.scripts[0])
    assert [dict(zip(header, row, strict=True)) for row in filled] == rows
    assert f'header.indexOf("{label}")' in page.scripts[1]
    (download,) = [line for line in page.scripts[1].splitlines() if "link.download" in line]
    assert json.loads(download.partition("=")[2].strip(" ;")) == '<b>"m"-labelled.csv'


def test_the_page_loads_nothing_and_can_be_used_by_keyboard_and_reader(tmp_path):
    soundfile.write(tmp_path / "a.wav", voice(0.1), RATE)
    _, text = written(tmp_path, [str(tmp_path / "a.wav")])
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    assert not page.all("link")
    assert all("src" not in attributes for attributes in page.all("script"))
    assert "http" not in text
    assert "url(" not in text
    assert len(page.all("label")) == len(page.all("input")) == 3
    assert len(page.all("fieldset")) == len(page.all("legend")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    assert "@media print" in text


def test_segments_are_played_alone_and_tables_without_recordings_say_so(tmp_path):
    soundfile.write(tmp_path / "a.wav", voice(0.5), RATE)
    path = str(tmp_path / "a.wav")
    rows, text = written(tmp_path, [f"{path}#t=0.25,0.4", f"{path}#t=0.1,", f"{path}#t=0,0.1"])
    assert [(row["file"], row["start"], row["end"]) for row in rows] == [
        ("a.wav", "0.25", "0.4"),
        ("a.wav", "0.1", ""),
        ("a.wav", "0.0", "0.1"),
    ]
    sources = [audio["src"] for audio in Page(text).all("audio")]
    assert sources == ["a.wav#t=0.25,0.4", "a.wav#t=0.1", "a.wav#t=0,0.1"]
    assert "a.wav, from 0.1 s to its end" in text
    rows, text = written(tmp_path, ["absent.wav"], given=True)
    assert "There is no recording at this name" in text
    assert not Page(text).all("audio")
    assert float(rows[0][FEATURE_NAMES[0]]) == pytest.approx(0.1)
    rows, text = written(tmp_path, ["a.wav"], given=True)
    assert [audio["src"] for audio in Page(text).all("audio")] == ["a.wav"]
    assert rows[0]["file"] == "a.wav"


def test_a_recording_that_has_but_the_root_in_common_is_named_by_its_whole_path(tmp_path):
    soundfile.write(tmp_path / "a b.wav", voice(0.1), RATE)
    found = suggestions.audio_source(tmp_path.__class__("/nowhere"), tmp_path, "a b.wav")
    assert found == (tmp_path / "a b.wav").as_uri()
    assert found.startswith("file:///")


def test_names_that_are_not_utf_8_are_written(tmp_path):
    path = tmp_path / "\udce9.wav"
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("the file system takes no such names")
    _, text = written(tmp_path, [str(path)])
    assert [audio["src"] for audio in Page(text).all("audio")] == ["%E9.wav"]


def test_a_table_that_cannot_be_read_is_not_written_over(tmp_path):
    (tmp_path / "mine-suggested.csv").write_text("")
    with pytest.raises(InputError, match=r"mine-suggested\.csv"):
        suggestions.check_no_labels_lost(tmp_path / "mine-suggested.csv")


def test_what_is_in_a_script_cannot_end_it():
    text = suggestion_page.in_script(["</script><!--"])
    assert "<" not in text
    assert json.loads(text) == ["</script><!--"]


def test_what_is_filled_in_is_what_is_read():
    """By valence a class, else an emotion; by a file one that has a class there."""
    class_of = {"anger": "bad", "joy": "good", "surprise": None}
    found = [
        suggestions.what_to_fill_in(o, ("bad", "good"), class_of) for o in ("valence", "f.csv")
    ]
    assert found == [("class", ["bad", "good"]), ("emotion", ["anger", "joy"])]
    by_emotion = suggestions.what_to_fill_in("emotion", ("anger", "joy"), class_of)
    assert by_emotion == ("emotion", ["anger", "joy"])
