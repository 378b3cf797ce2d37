"""Names that users give to corpora, instead of those of their files."""

import re

import pytest
from helpers import QUICK, main, make_table

from cada_tf.corpora import Options, load_corpus
from cada_tf.corpora.registry import load_examples
from cada_tf.errors import InputError
from cada_tf.protocol import loading
from cada_tf.runs.results import read_results


@pytest.fixture
def specs(tmp_path):
    """Two tables of the same name."""
    for folder, seed in (("a=b", 1), ("c", 2)):
        (tmp_path / folder).mkdir()
        make_table(seed=seed).to_csv(tmp_path / folder / "gemaps.csv")
    return [f"table:{tmp_path}/{folder}/gemaps.csv" for folder in ("a=b", "c")]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["gemaps", "gemaps"]),
        (["calls"], ["gemaps", "calls"]),
        (["{0}=nemo"], ["nemo", "gemaps"]),
        (["{0}=nemo", " my calls "], ["nemo", "my calls"]),
        (["{1}=calls (1)", "{0}=nemo"], ["nemo", "calls (1)"]),
    ],
)
def test_names_reach_the_corpora(specs, words, names, caplog):
    options = Options(name=tuple(word.format(*specs) for word in words))
    corpora = loading.load_corpora(specs[:1], specs[1], options)
    assert [corpus.attrs["name"] for corpus in corpora] == names
    assert ("are both called gemaps" in caplog.text) == (words == [])


def test_the_only_corpus(specs, tmp_path):
    assert load_corpus(specs[0], Options(name=("mine",))).attrs["name"] == "mine"
    few = str(tmp_path / "c" / "gemaps.csv")
    assert load_examples(few, Options(name=(f"{few}=mine",))).attrs["name"] == "mine"
    with pytest.raises(InputError, match="expected a corpus that is given"):
        load_corpus(specs[0], Options(name=(f"{specs[1]}=mine",)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nemo:x=nemo"], "expected a corpus that is given, {0}, {1}; found 'nemo:x'. Write it"),
        (["{1}x=nemo"], "found '{1}x'. Did you mean {1}?"),
        (["{1}=x", "y"], "expected one name for {1}, found x and y. Remove one."),
        (["{1}= "], "expected a name of 1 to 200 characters without / and \\ for {1}, found ''"),
        ([""], "expected a name of 1 to 200 characters without / and \\ for {1}, found ''"),
        (["a/../b"], "found 'a/../b'. Choose another."),
        (["a\nb"], r"found 'a\nb'. Choose another."),
        (["x" * 201], "expected a name of 1 to 200 characters"),
        (["gemaps"], "expected corpora of different names, found gemaps more than once. Choose"),
        (["{0}=x", "x"], "expected corpora of different names, found x more than once"),
    ],
)
def test_names_that_are_refused(specs, words, message):
    options = Options(name=tuple(word.format(*specs) for word in words))
    with pytest.raises(InputError, match=re.escape(message.format(*specs))) as caught:
        loading.load_corpora(specs[:1], specs[1], options)
    assert str(caught.value).startswith("`name`: ")


def test_names_stand_in_the_results_of_a_run(specs, tmp_path):
    flags = [f"--source={specs[0]}", f"--target={specs[1]}", f"--name={specs[0]}=nemo (1)"]
    folder = tmp_path / "out"
    methods = ["--methods=all-source", "--notensorboard", f"--output_dir={folder}"]
    main(*flags, "--name=calls", *QUICK, *methods)
    table = read_results(folder / "results.csv")
    assert (set(table["source"]), set(table["target"])) == ({"nemo (1)"}, {"calls"})
    assert '"source": "nemo (1) (50 utterances, ' in (folder / "run.json").read_text()
    assert "nemo (1) as source domain and calls as target" in (folder / "summary.txt").read_text()
    with pytest.raises(InputError, match="`target` was calls"):
        main(*flags, "--name=others", *QUICK, *methods)
