"""What the classes are: by valence, by emotion, and as a file says; alike in all corpora."""

import logging
import re
from pathlib import Path

import audformat
import pandas as pd
import pytest

from cada_tf.corpora import Options, audb, emodb, load_corpus
from cada_tf.corpora.aibo_labels import FIVE_CLASSES, TWO_CLASSES
from cada_tf.corpora.class_file import recorded_classes
from cada_tf.corpora.emotion_names import COMMON, SPELLINGS, common_name
from cada_tf.corpora.shared_classes import share_classes
from cada_tf.errors import InputError

EMOTION = Options(classes="emotion")


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO, "cada_tf")


def file_of(path: Path, *lines: str, header: str = "emotion,class") -> str:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return str(path)


def corpus_of(name: str, labels: list[str]) -> pd.DataFrame:
    """A corpus with these classes, without features."""
    index = pd.Index([f"{name}{i}.wav" for i in range(len(labels))], name="file")
    table = pd.DataFrame({"speaker": "s", "emotion": labels, "class": labels}, index=index)
    table.attrs["name"] = name
    return table


@pytest.fixture
def table(tmp_path):
    """Makes a corpus of recordings that are not opened, of emotions and, if given, classes."""

    def load(emotions, options=EMOTION, classes=None, column="emotion"):
        files = [f"{i}.wav" for i in range(len(emotions))]
        for file in files:
            (tmp_path / file).touch()
        frame = pd.DataFrame({"file": files, "speaker": "s", column: emotions})
        frame = frame if classes is None else frame.assign(**{"class": classes})
        frame.to_csv(tmp_path / "mine.csv", index=False)
        return load_corpus(f"table:{tmp_path}/mine.csv", options)

    return load


def found(corpus):
    return list(corpus["class"])


# --- common names -----------------------------------------------------------------------------


def test_each_spelling_has_one_common_name_and_is_looked_up_as_it_is_written():
    words = [word for spellings in SPELLINGS.values() for word in spellings.split()]
    assert len(words) == len(set(words)) == len(COMMON)
    assert not set(words) & set(SPELLINGS)
    assert all(word == word.lower() for word in (*words, *SPELLINGS))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("anger", "Angry ANG Ärger Wut złość"),
        ("happiness", "joy Happy Freude radość"),
        ("sadness", "sad Trauer smutek"),
        ("fear", "Angst anxiety fearful strach"),
        ("boredom", "Langeweile bored"),
        ("disgust", "Ekel disgusted"),
        ("surprise", "surprised Überraschung"),
        ("neutral", "Neutral neu neutralny"),
        ("positive", "Positive positiv pozytywny pos"),
        ("negative", "NEGATIVE negativ negatywny neg"),
        ("touchy", "Touchy"),
        ("0", "0"),
    ],
)
def test_common_names(name, words):
    assert {common_name(word) for word in words.split()} == {name}


# --- emotion ----------------------------------------------------------------------------------


def test_emotions_by_their_common_names(table, caplog):
    corpus = table(["Wut", "ANGRY", "Freude", "smug"])
    assert found(corpus) == ["anger", "anger", "happiness", "smug"]
    assert list(corpus["emotion"]) == ["Wut", "ANGRY", "Freude", "smug"]
    assert caplog.text == ""


def test_emotions_come_from_the_column_of_emotions_or_else_of_classes(table):
    assert found(table(["Wut", "joy"], classes=["a", "b"])) == ["anger", "happiness"]
    assert found(table(["Wut", "joy"], column="class")) == ["anger", "happiness"]


@pytest.mark.parametrize("drop", ["wut", "anger", "Angry"])
def test_drop_knows_an_emotion_by_any_name(table, drop, tmp_path, caplog):
    path = file_of(tmp_path / "c.csv", "angry,high", "joy,high", "sad,low")
    for classes in ("emotion", path):
        options = Options(classes=classes, drop=(drop,))
        assert "Wut" not in list(table(["Wut", "joy", "sad"], options)["emotion"])
    assert caplog.text.count("mine: left out 1 utterances of Wut") == 2


def test_published_corpora_by_emotion(tmp_path):
    for name in ("03a01Fa", "03a01Wa", "03a01Nc"):
        (tmp_path / f"{name}.wav").touch()
    assert found(load_corpus(f"emodb:{tmp_path}", EMOTION)) == ["happiness", "neutral", "anger"]
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "a.wav").touch()
    (tmp_path / "data.tsv").write_text("file_id\temotion\tspeaker_id\na.wav\tsurprised\ts\n")
    assert found(load_corpus(f"nemo:{tmp_path}", EMOTION)) == ["surprise"]


def write_aibo(folder: Path) -> Path:
    """Two chunks with the labels of both files."""
    for name, labels in ((TWO_CLASSES.name, "NEG IDL IDL"), (FIVE_CLASSES.name, "E P R")):
        lines = [f"Ohm_01_{i:03d}_00 {c} 0.9" for i, c in enumerate(labels.split())]
        (folder / name).write_text("\n".join(lines) + "\n")
    for i in range(3):
        (folder / f"Ohm_01_{i:03d}_00.wav").touch()
    return folder


def test_aibos_two_and_five_classes(tmp_path, caplog):
    spec = f"aibo-ohm:{write_aibo(tmp_path)}"
    assert found(load_corpus(spec)) == ["negative", "positive", "positive"]
    assert "Table 1" in caplog.text
    caplog.clear()
    assert found(load_corpus(spec, EMOTION)) == ["emphatic", "positive", "rest"]
    path = file_of(tmp_path / "c.csv", "Emphatic,strong", "pos,weak", "rest,")
    assert found(load_corpus(spec, Options(classes=path))) == ["strong", "weak"]
    assert caplog.messages == ["aibo-ohm: left out 1 utterances of rest"]


def test_aibos_label_file_of_the_other_kind_is_refused(tmp_path):
    labels = write_aibo(tmp_path) / TWO_CLASSES.name
    with pytest.raises(
        InputError, match=r"line 1: expected the class A, E, N, P or R, .*'NEG'.*5cl"
    ):
        load_corpus(f"aibo-ohm:{tmp_path}", Options(classes="emotion", aibo_labels=str(labels)))


def test_a_database_by_emotion_takes_its_emotions_where_it_has_classes_too():
    database = audformat.Database("mine")
    table = database["files"] = audformat.Table(audformat.filewise_index(["a.wav", "b.wav"]))
    for column, values in (("emotion", ["Wut", None]), ("class", ["x", "y"]), ("speaker", "ss")):
        table[column] = audformat.Column()
        table[column].set(list(values))
    assert found(audb.corpus_of("mine", database, EMOTION)) == ["anger"]
    assert table.df["class"].tolist() == ["x", "y"]


def test_demo_corpora_share_three_emotions(caplog):
    from cada_tf.corpora.demo.recipes import ACTORS, CHILDREN

    emotions = [list(recipe.counts) for recipe in (CHILDREN, ACTORS)]
    named = [corpus_of(str(i), list(map(common_name, e))) for i, e in enumerate(emotions)]
    for corpus in share_classes(named, EMOTION):
        assert set(corpus["class"]) == {"anger", "happiness", "neutral"}
    assert (
        "0: left out classes that not all corpora have: 1 emphatic, 1 motherese, 1 reprimanding, "
        "1 touchy" in caplog.text
    )


def test_one_emotion_in_common_is_one_clear_error():
    corpora = [corpus_of("a", ["anger", "joy"]), corpus_of("b", ["fear", "anger", "anger"])]
    with pytest.raises(InputError, match="two emotions that all corpora have, found anger: a has"):
        share_classes(corpora, EMOTION)
    with pytest.raises(InputError, match=r"found none: .*b has 2 anger"):
        share_classes([corpora[1], corpus_of("c", ["sadness", "joy"])], EMOTION)


# --- names of classes -------------------------------------------------------------------------


def test_spellings_of_classes_agree_between_corpora(caplog):
    a, b, c = (
        corpus_of("a", ["Positive", "Negative"]),
        corpus_of("b", ["pozytywny", "neg"]),
        corpus_of("c", ["positive", "negative"]),
    )
    for corpora in ([a, b], [c, a, b]):
        for corpus in share_classes(corpora, Options()):
            assert sorted(set(corpus["class"])) == ["negative", "positive"]
    assert (
        "b: one name for a class in all corpora: neg is negative, pozytywny is pos" in caplog.text
    )
    assert "c: " not in caplog.text


def test_classes_that_agree_keep_their_names(caplog):
    """Also those that have a commoner one: results and models of earlier versions go on."""
    corpora = [corpus_of("a", ["Hot", "Neg"]), corpus_of("b", ["Neg", "Hot"])]
    for corpus in share_classes(corpora, Options()):
        assert sorted(corpus["class"]) == ["Hot", "Neg"]
    assert caplog.text == ""


def test_classes_that_differ_keep_their_names_for_the_message():
    corpora = [corpus_of("a", ["Positive", "0"]), corpus_of("b", ["positive", "1"])]
    assert found(share_classes(corpora, Options())[0]) == ["Positive", "0"]


# --- a file -----------------------------------------------------------------------------------


def test_a_file_gives_classes_by_own_or_common_names(table, tmp_path, caplog):
    path = file_of(
        tmp_path / "classes.csv",
        "ANGER,high",
        "anger,High",
        "joy,high",
        "trauer, low ",
        "calm,",
        "irritated,x",
    )
    corpus = table(["Wut", "Happy", "sad", "Calm", "irritation"], Options(classes=path))
    assert found(corpus) == ["high", "high", "low", "x"]
    assert "mine: left out 1 utterances of Calm" in caplog.text


def test_an_own_name_in_the_file_comes_before_a_common_one(table, tmp_path):
    path = file_of(tmp_path / "classes.csv", "anger,cold", "angry,hot", "wut,hot")
    assert found(table(["anger", "angry", "Wut", "ang"], Options(classes=path))) == [
        *("cold", "hot", "hot", "cold")
    ]


@pytest.mark.parametrize("suffix", ["tsv", "parquet"])
def test_other_formats_of_the_file(table, tmp_path, suffix):
    frame = pd.DataFrame({"class": ["a", "b"], "emotion": ["anger", "joy"]})
    path = tmp_path / f"c.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_csv(path, sep="\t", index=False)
    assert found(table(["joy", "anger"], Options(classes=str(path)))) == ["b", "a"]


def test_a_file_names_classes_0_and_1(table, tmp_path):
    path = file_of(tmp_path / "c.csv", "0,negative", "1,positive")
    assert found(table(["1", "0"], Options(classes=path), column="class")) == [
        *("positive", "negative")
    ]


@pytest.mark.parametrize(
    ("lines", "header", "message"),
    [
        (
            ["anger,a", "joy,b"],
            "emotion,class",
            "mine: expected each emotion in a line of .*c.csv, "
            "found smug in none .1 utterances.. Add the line smug,CLASS or, to leave it out",
        ),
        (
            ["anger,a", "Anger,b"],
            "emotion,class",
            "c.csv, line 3: expected one class for anger, found b after a",
        ),
        (["anger,a", "anger,"], "emotion,class", "line 3: .* found none after a"),
        (["anger,a", ",b"], "emotion,class", "line 3: expected an emotion"),
        (["anger," + "x" * 201], "emotion,class", "line 2: .* at most 200 characters"),
        (
            ["anger,a"],
            "emotion,classes",
            "c.csv: expected a column 'class', found emotion, classes",
        ),
        (["anger,a"], "name,class", "c.csv: expected a column 'emotion', found name, class"),
        ([], "emotion,class", "c.csv: expected rows, found none"),
        (["anger,", "joy,", "smug,"], "emotion,class", "all 3 were left out"),
    ],
)
def test_a_bad_file(table, tmp_path, lines, header, message):
    path = file_of(tmp_path / "c.csv", *lines, header=header)
    with pytest.raises(InputError, match=message) as raised:
        table(["anger", "joy", "smug"], Options(classes=path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "emotions",
            "expected valence, emotion or a table .* found nothing at emotions. Did you m",
        ),
        (
            "absent.csv",
            "`classes`: expected valence, emotion or a table .* nothing at absent.csv. C",
        ),
        ("", "expected valence, emotion or a table|expected a table, found a directory"),
    ],
)
def test_an_unknown_word(table, word, message):
    with pytest.raises(InputError, match=message):
        table(["anger"], Options(classes=word))


@pytest.mark.parametrize("lists", [{"negative": ("anger",)}, {"positive": ("joy", "calm")}])
def test_lists_of_valence_are_refused_with_other_classes(table, lists, tmp_path):
    path = file_of(tmp_path / "c.csv", "anger,a")
    names = ", ".join(*lists.values())
    for classes in ("emotion", path):
        with pytest.raises(InputError, match=rf"`classes={re.escape(classes)}`: .*found {names}"):
            table(["anger"], Options(classes=classes, **lists))


def test_what_is_recorded_changes_with_the_content_of_the_file(tmp_path):
    assert recorded_classes("valence") == "valence"
    assert recorded_classes("emotion") == "emotion"
    lines = "joy,b", "Anger,a", "calm,"
    one = recorded_classes(file_of(tmp_path / "one.csv", *lines))
    assert one == ["anger=a", "calm=", "joy=b"]
    assert recorded_classes(file_of(tmp_path / "two.csv", *reversed(lines))) == one
    assert recorded_classes(file_of(tmp_path / "one.csv", *lines[:2])) != one


# --- valence ----------------------------------------------------------------------------------


def test_valence_knows_emotions_of_other_languages(table):
    emotions = ["Wut", "Trauer", "Freude", "positiv", "irritated"]
    assert found(table(emotions, Options())) == [
        *("negative", "negative", "positive", "positive", "negative")
    ]
    assert set(emodb.VALENCE) <= set(SPELLINGS)
