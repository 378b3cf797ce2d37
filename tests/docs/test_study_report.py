"""What is committed of the study: pages and tables are those of its rows."""

import re

import pytest
from helpers import ROOT

from cada_tf.adaptation.method_prior import PRIORS
from cada_tf.evaluation.effect import Effect
from cada_tf.methods import fingerprint, make_config, option_values
from cada_tf.runs.record import find_record
from cada_tf.study.declaration_file import read_study
from cada_tf.study.leads import by_shift, mean_leads, pair_leads
from cada_tf.study.results import StudyResults
from figures import leaderboard, method_choice, study
from figures.study_command import DECLARATION
from figures.words import lead

FOLDER = ROOT / "results" / "study"
DEFAULTS = ROOT / "results" / "study-defaults"
LABELS_ALONE = "label-target", "mlp-labels", "svm-labels"


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
    found = pair_leads(results, comparisons)
    assert (FOLDER / "cada.md").read_text() == study.render(results, comparisons, found) + "\n"
    for name, make in study.CSVS.items():
        assert (FOLDER / f"{name}.csv").read_text() == make(results, found)


def test_the_tables_of_the_defaults_are_of_the_committed_rows():
    results = StudyResults(read_study(method_choice.DECLARATION), DEFAULTS)
    text = method_choice.render(results, [*PRIORS[False].leads])
    assert (DEFAULTS / "auto.md").read_text() == text + "\n"
    rivals = re.search("--rivals=(fine-tune,.*) ", (ROOT / "Makefile").read_text())[1]
    comparisons = study.compared(results.study, "cada", rivals.split(","))
    text = study.render(results, comparisons, pair_leads(results, comparisons))
    assert (DEFAULTS / "cada.md").read_text() == text + "\n"


def test_the_leads_that_the_pages_tell_are_of_the_committed_rows(results):
    """Each "1.2 [0.6, 1.8]" of the verdicts, in either direction."""
    rivals = ["all-source", "fine-tune", "fada", "pooled", "cada-eq2", "cada-warm", *LABELS_ALONE]
    comparisons = study.compared(results.study, "cada", rivals)
    comparisons += study.compared(results.study, "fine-tune", ["all-source"])
    comparisons += study.compared(results.study, "svm-pooled", ["svm-labels"])
    found = pair_leads(results, comparisons)
    parts = [found, *(part for s in ("source", "speaker") for part in shifts(found, results, s))]
    known = leads_of("\n".join(lead_words(mean_leads(part)) for part in parts))
    known |= leads_of((ROOT / "docs" / "leaderboard.md").read_text())
    known |= leads_of((DEFAULTS / "cada.md").read_text())
    page = (ROOT / "docs" / "replication.md").read_text()
    told = leads_of(page[: page.index("## Fig. 2 on one pair")])
    told |= leads_of((ROOT / "README.md").read_text())
    assert len(told) > 30
    assert told <= known


LABELS = {
    "all-source": "all-source",
    "fine-tune": "fine-tune",
    "FADA": "fada",
    "CADA": "cada",
    "pooled": "pooled",
    "SVM, labels alone": "svm-labels",
    "an SVM on the labels alone": "svm-labels",
    "your labels alone (an SVM)": "svm-labels",
    "the source alone (all-source)": "all-source",
    "adapted (CADA)": "cada",
    "all-target": "all-target",
}


@pytest.mark.parametrize("page", ["README.md", "docs/index.md", "docs/adaptation.md"])
def test_the_first_numbers_of_a_page_are_those_of_the_leaderboard(page):
    """UA with 2, 12 and 50 labels, of the methods that the page's first table of them names."""
    board = (ROOT / "docs" / "leaderboard.md").read_text().split("## Scaling: speaker")[0]
    of_method = dict(re.findall(r"`(\S+)` +\|[^|]+\|(.*)", board))
    found = 0
    for row in re.findall(r"^\| (.*) \|$", (ROOT / page).read_text(), re.M):
        first, *cells = row.split(" | ")
        method = LABELS.get(re.sub(r" \((none|no label|all labels|source and .*)\)$", "", first))
        if method and len(cells) >= 3 and re.fullmatch(r"\d\d\.\d", cells[0]):
            assert cells[:3] == re.findall(r"\d\d\.\d", of_method[method])[:3], first
            found += 1
    assert found >= 3


def shifts(leads, results, scaling):
    """The leads of a scaling on pairs with a large shift, and on the others."""
    own = leads[leads["scaling"] == scaling]
    return by_shift(own, results.ua(), scaling).values()


def lead_words(means):
    """Leads as the tables have them."""
    return "\n".join(lead(Effect(row.mean, row.low, row.high, row.p)) for row in means.itertuples())


def leads_of(text):
    """Leads with their intervals in a text, all with a positive lead."""
    number = r"([+−]?\d+\.\d)"
    pattern = rf"{number}\s+\[{number},\s+{number}\]"
    found = set()
    for words in re.findall(pattern, text):
        value, low, high = (float(word.replace("−", "-")) for word in words)
        if value < 0 or (value == 0 and low + high < 0):
            value, low, high = -value, -high, -low
        found.add((value + 0.0, low + 0.0, high + 0.0))
    return found


@pytest.mark.parametrize("declaration", [DECLARATION, method_choice.DECLARATION])
def test_the_committed_rows_can_be_gone_on_with(declaration):
    """They are of the code and the defaults of now; else experiments.study would refuse them."""
    folder, study = FOLDER if declaration == DECLARATION else DEFAULTS, read_study(declaration)
    known = find_record(folder)
    assert known.method_sources == {name: fingerprint(name) for name in known.method_sources}
    assert set(StudyResults(study, folder).methods) <= set(known.method_sources)
    for name, value in option_values(make_config(**study.defaults), study.methods).items():
        assert known.settings[f"{name} by default"] == str(value), name


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
    files = [*FOLDER.iterdir(), *DEFAULTS.iterdir()]
    assert sum(path.stat().st_size for path in files) <= 15e6
