"""Text from outside is escaped and bounded wherever it is shown."""

import json
import shutil

import matplotlib.figure
import pandas as pd
import pytest
from helpers import QUICK, ROOT, make_recogniser, make_table
from hypothesis import given
from hypothesis import strategies as st

import cada_tf
from cada_tf.apps.pictures import look
from cada_tf.corpora.corpus import make_corpus
from cada_tf.errors import InputError
from cada_tf.text import LONGEST, LONGEST_NAME, bounded, escape_markdown, one_line, printable, shown

HOSTILE = "\x1b[31mneg\x1b]0;title\x07\u202eative\r\n\u2028| `x` <script>$a_b^c$</script> [y](z)"


@given(st.text())
def test_what_is_shown_prints_is_bounded_and_stays_as_it_is(text):
    for show in (printable, bounded, one_line, shown):
        assert show(show(text)) == show(text)
    assert printable(text).isprintable()
    assert one_line(text).isprintable()
    assert len(one_line(30 * text)) <= LONGEST
    assert len(shown(30 * text)) <= LONGEST_NAME
    assert text.isprintable() == (printable(text) == text)


@given(st.text(), st.none() | st.just("jobs"))
def test_errors_are_printable_and_bounded(text, option):
    message = str(InputError(30 * text, option=option))
    assert message.isprintable()
    assert len(message) <= LONGEST


def test_both_ends_of_a_long_message_are_shown():
    message = bounded(f"start {'x' * 9000} end")
    assert message.startswith("start x")
    assert message.endswith("x end")
    assert " … " in message
    assert len(message) == LONGEST


def test_markdown_has_no_effect():
    assert escape_markdown("a|b `c` *d* _e_ <f> [g](h)") == (r"a\|b \`c\` \*d\* \_e\_ \<f> [g]\(h)")


def test_names_of_a_corpus_can_be_shown():
    table = make_corpus("x\x1b", ["a", "b"], ["s\u00a0 1", "s2"], ["joy", "joy"], [HOSTILE, "b"])
    assert all(name.isprintable() for name in [*table["class"], *table["speaker"]])
    assert table["speaker"].iloc[0] == "s 1"
    assert table.attrs["name"] == r"x\x1b"
    with pytest.raises(InputError, match="expected at most 200 characters in column 'emotion'"):
        make_corpus("x", ["a"], ["s"], ["e" * 201], ["b"])


@pytest.fixture
def hostile(tmp_path):
    """A table of which names and classes are hostile."""
    table = make_table()
    table["class"] = table["class"].replace({"negative": HOSTILE})
    table["emotion"] = table["class"]
    path = tmp_path / "ta\x1b[2Jble.csv"
    table.to_csv(path)
    wide = make_table((60, 40), seed=1)
    wide["class"] = wide["class"].replace({"negative": HOSTILE})
    wide.to_csv(tmp_path / "wide.csv")
    return [f"--source=table:{tmp_path}/wide.csv", f"--target=table:{path}"]


def controls(text):
    """What is in a text besides printable characters and line breaks."""
    return {c for c in text if not c.isprintable()} - {"\n"}


def test_hostile_names_from_table_to_card(hostile, forked, tmp_path):
    words = [*hostile, *QUICK, "--methods=all-source,fine-tune,cada", f"--output_dir={tmp_path}/o"]
    status, out, err = forked("experiments.run", *words)
    assert status == 0, err
    assert not controls(out + err + (tmp_path / "o" / "summary.txt").read_text())
    for figure in ("tables", "confusions", "curves"):
        status, out, err = forked(f"figures.{figure}", f"--results={tmp_path}/o")
        assert status == 0, err
        assert not controls(out + err)
    words = [*hostile, f"--output={tmp_path}/m", "--trials=1", "--folds=2", "--jobs=1"]
    status, out, err = forked("cada_tf.apps.adapt", *words)
    assert status == 0, err
    card = (tmp_path / "m.md").read_text()
    assert not controls(out + err + card)
    assert "<script" not in card.replace(r"\<", "")
    status, out, err = forked("cada_tf.apps.predict", tmp_path / "m", tmp_path / "no\x1b[2J.wav")
    assert status == 1
    assert not controls(out + err)


def test_a_strangers_results_are_shown_escaped(forked, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(ROOT / "results" / "nemo-emodb", folder)
    table = pd.read_csv(folder / "results.csv", dtype=str)
    table = table.assign(source=HOSTILE).rename(columns={"recall_negative": "recall_" + HOSTILE})
    table.to_csv(folder / "results.csv", index=False)
    record = json.loads((folder / "run.json").read_text())
    record["settings"]["source"] = HOSTILE
    (folder / "run.json").write_text(json.dumps(record))
    for form in ("text", "markdown", "latex", "csv"):
        status, out, err = forked("figures.tables", f"--results={folder}", f"--format={form}")
        assert status == 0, err
        assert not controls(out + err)
    record["settings"] = HOSTILE
    (folder / "run.json").write_text(json.dumps(record))
    status, out, err = forked("figures.tables", f"--results={folder}")
    assert status == 2
    assert not controls(out + err)


def test_a_strangers_model_is_shown_escaped(forked, tmp_path):
    model = make_recogniser(classes=(HOSTILE, "b")).save(tmp_path / "m")
    assert cada_tf.load(model).classes == (HOSTILE, "b")
    shutil.copy(ROOT / "setup.cfg", tmp_path / "x.wav")
    status, out, err = forked("cada_tf.apps.predict", model, tmp_path / "x.wav")
    assert status == 1
    assert not controls(out + err)


def test_a_picture_shows_dollar_signs():
    with look():
        figure = matplotlib.figure.Figure()
        figure.suptitle("$a_b^$")  # no formula
        figure.savefig("/dev/null", format="png")
