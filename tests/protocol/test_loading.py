"""Corpora are checked before anything is measured, for all programs alike."""

import logging

import pandas as pd
import pytest
from helpers import make_table

from cada_tf.corpora import Options
from cada_tf.corpora.registry import load_examples
from cada_tf.errors import InputError
from cada_tf.protocol import loading
from cada_tf.protocol.checks import example_lines


@pytest.fixture
def tables(tmp_path):
    """Specs of two corpora with features, and of one with other classes."""
    made = {"a": make_table(seed=1), "b": make_table(seed=2), "other": make_table(seed=3)}
    made["other"]["class"] = made["other"]["class"].replace("positive", "happy")
    for name, table in made.items():
        table.to_csv(tmp_path / f"{name}.csv")
    return {name: f"table:{tmp_path}/{name}.csv" for name in made}


def test_the_target_is_last_and_counts_are_logged(tables, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    loaded = loading.load_corpora([tables["a"]], tables["b"], Options())
    corpora = loading.measure_corpora(loaded)
    assert [corpus.attrs["name"] for corpus in corpora] == ["a", "b"]
    assert "a: 30 negative, 20 positive, 4 speakers" in caplog.text


@pytest.mark.parametrize(
    ("sources", "target", "message"),
    [
        (["a", "a"], "b", "expected different corpora, found .*a.csv more than once"),
        (["a"], "a", "expected different corpora, found .*a.csv more than once"),
        (
            ["a", "other"],
            "b",
            "`source` other: expected the target's classes, negative, positive; found happy, "
            "negative.* with `classes=FILE`, a table with the header emotion,class and lines such "
            "as happy,positive.",
        ),
    ],
)
def test_bad_corpora_are_refused_before_any_is_measured(tables, sources, target, message):
    with pytest.raises(InputError, match=message):
        loading.load_corpora([tables[name] for name in sources], tables[target], Options())


def test_a_source_with_utterances_of_the_target_is_refused():
    corpora = [make_table(seed=1), make_table(seed=2), make_table(seed=3)]
    corpora[2].loc["copy.wav"] = corpora[1].iloc[0]
    with pytest.raises(InputError, match=r"`source` made2, .*1 utterances in both"):
        loading.measure_corpora(corpora)


def test_labelled_examples_without_speakers(tables, tmp_path, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    path = tmp_path / "few.csv"
    make_table((3, 2), seed=4).drop(columns="speaker").to_csv(path)
    options = Options()
    few = loading.load_corpora([tables["a"]], str(path), options, load_target=load_examples)
    target = loading.measure_corpora(few)[-1]
    assert isinstance(target, pd.DataFrame)
    assert caplog.text.rstrip().endswith("few: 3 negative, 2 positive")


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        ({"negative": "0", "positive": "1"}, "such as 0,negative and 1,positive."),
        ({"negative": "hot"}, "such as hot,negative."),
    ],
)
def test_classes_that_may_be_either_are_not_guessed(tmp_path, tables, names, lines):
    other = make_table(seed=4).replace({"class": names})
    other.to_csv(tmp_path / "coded.csv")
    with pytest.raises(InputError, match=lines) as raised:
        loading.load_corpora([f"table:{tmp_path}/coded.csv"], tables["a"], Options())
    assert "\n" not in str(raised.value)


def test_an_example_leaves_out_what_one_corpus_lacks():
    assert example_lines(["a", "b", "c"], ["a", "b"]) == ["c,"]
    assert example_lines(["a", "b"], ["a", "b", "c"]) == ["c,"]


def test_spellings_of_classes_join_corpora(tmp_path, tables):
    coded = make_table(seed=4).replace({"class": {"negative": "Negativ", "positive": "Pos"}})
    coded.to_csv(tmp_path / "coded.csv")
    corpora = loading.load_corpora([f"table:{tmp_path}/coded.csv"], tables["a"], Options())
    assert {*corpora[0]["class"]} == {*corpora[1]["class"]} == {"negative", "positive"}


def test_emotions_that_not_all_have_are_left_out(tmp_path, caplog):
    caplog.set_level(logging.INFO, "cada_tf")
    specs = []
    for seed, emotions in enumerate((["Wut", "joy", "fear"], ["angry", "Freude", "bored"])):
        table = make_table((4, 2), seed=seed)
        table["emotion"] = emotions * 2
        table.to_csv(tmp_path / f"{seed}.csv")
        specs.append(f"table:{tmp_path}/{seed}.csv")
    corpora = loading.load_corpora(specs[:1], specs[1], Options(classes="emotion"))
    assert [sorted(set(corpus["class"])) for corpus in corpora] == [["anger", "happiness"]] * 2
    assert "0: left out classes that not all corpora have: 2 fear" in caplog.text
    assert "1: left out classes that not all corpora have: 2 boredom" in caplog.text
