"""What is committed of the study: pages and tables are those of its rows."""

import re

import pandas as pd
import pytest
from helpers import ROOT

from cada_tf.study.declaration_file import read_study
from cada_tf.study.leads import pair_leads
from cada_tf.study.results import StudyResults
from figures import leaderboard, study
from figures.study_command import DECLARATION

FOLDER = ROOT / "results" / "study"


@pytest.fixture(scope="module")
def results():
    """The committed study."""
    return StudyResults(read_study(DECLARATION), FOLDER)


def test_the_leaderboard_is_of_the_committed_rows(results):
    shown = (ROOT / "docs" / "leaderboard.md").read_text()
    assert shown == leaderboard.render(results, "fine-tune") + "\n"


def test_the_tables_are_of_the_committed_rows(results):
    rivals = re.search("^RIVALS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    comparisons = study.compared(results.study, "cada", rivals.split(","))
    text = study.render(results, comparisons, pair_leads(results, comparisons))
    assert (FOLDER / "cada.md").read_text() == text + "\n"
    assert (FOLDER / "rules.csv").read_text() == study.ua_by_rule(results)


def test_no_row_is_of_what_was_not_declared(results):
    """Each row is of a method, setting, trial and size that the declaration has, once."""
    declared = results.study
    for pair, store in results.stores.items():
        for table in (store.rows, store.validation):
            assert set(table["method"]) <= set(declared.methods), pair
            assert set(table["scaling"]) <= set(declared.scalings)
            assert table["setting"].between(0, declared.settings).all()
            assert table["trial"].between(0, declared.report.trials - 1).all()
            assert table["ua"].between(0, 1).all()
            keys = [name for name in table if name not in ("ua", "seconds")]
            assert not table.duplicated(keys).any()
    folder = pd.Series([path.stat().st_size for path in FOLDER.iterdir()])
    assert folder.sum() <= 15e6
