"""The experiment that asks which recordings to label, and its figure."""

import pandas as pd
import pytest
from helpers import called, write_tables

from cada_tf.errors import InputError
from figures import suggestions as figure

PROGRAM = "experiments.suggestions"


@pytest.fixture
def run(pool, tmp_path):
    write_tables(tmp_path, counts=(30, 30))
    corpora = ["--source=table:wide.csv", "--target=table:narrow.csv"]
    quick = ["--max_epochs=2", "--hidden=8", "--jobs=1", "--strategies=uncertainty, diversity"]

    def run(*arguments):
        words = [PROGRAM, *corpora, *quick, *arguments]
        status, out, err, _ = pool.apply_async(called, (words, tmp_path)).get(timeout=300)
        return status or 0, out, err

    return run


def test_draws_are_added_and_summarised(run, tmp_path):
    words = ["--sizes=4,12,20", "--scaling=speaker-enrolled", "--output_dir=out"]
    status, out, err = run(*words, "--draws=2")
    assert status == 0, err
    draws = pd.read_csv(tmp_path / "out" / "draws.csv")
    assert list(dict.fromkeys(draws["strategy"])) == ["random", "uncertainty", "diversity"]
    assert len(draws) == 2 * 3 * 3
    assert "wide → narrow, cada, 2 draws: UA in % on the half that is not the pool" in out
    assert (tmp_path / "out" / "summary.txt").read_text().strip() in out

    status, _, err = run(*words, "--draws=3")
    assert status == 0, err
    assert "draw 3 of 3" in err
    assert "draw 2 of 3" not in err
    more = pd.read_csv(tmp_path / "out" / "draws.csv")
    pd.testing.assert_frame_equal(more[:18], draws)
    assert len(more) == 27

    status, _, err = run(*words, "--draws=3", "--seed=1")
    assert status == 2
    assert "Choose another --output_dir" in err

    files = figure.draw(figure.read_draws(tmp_path / "out" / "draws.csv"), tmp_path / "picture")
    assert [file.name for file in files] == ["picture.png", "picture.pdf"]
    assert all(file.stat().st_size > 1000 for file in files)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sizes=1,4"], "--sizes: expected 2 to 30 labels, as narrow has 2 classes and half of"),
        (["--sizes=4,31"], "half of its 60 utterances are the pool; found 4, 31."),
        (["--scaling=speaker"], "--scaling: expected one of source, "),
        (["--strategies=diversty"], "found 'diversty'. Did you mean diversity?"),
    ],
)
def test_what_cannot_be_is_one_line(run, tmp_path, words, message):
    status, out, err = run("--output_dir=out", *words)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_another_table_is_refused_by_the_figure(tmp_path):
    for text in ("a,b\n1,2\n", "source,target\n", ""):
        (tmp_path / "draws.csv").write_text(text)
        with pytest.raises(InputError, match=r"the draws\.csv of experiments\.suggestions"):
            figure.read_draws(tmp_path / "draws.csv")
