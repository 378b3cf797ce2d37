"""The results table: its summary by hand, and output directories that cannot be used."""

import numpy as np
import pandas as pd
import pytest
from helpers import ROOT, put_in_place

from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.evaluation.spread import plus_minus
from cada_tf.runs.record import Record
from cada_tf.runs.results import Results, check_folder, read_results, summarise

COLUMNS = {"source": "a", "target": "b", "transductive": False}


def table_of(uas) -> pd.DataFrame:
    rows = [
        {**COLUMNS, "method": m, "examples": n, "trial": t, "fold": f, "ua": ua, "epochs": 1}
        for (m, n), trials in uas.items()
        for t, folds in enumerate(trials)
        for f, ua in enumerate(folds)
    ]
    return pd.DataFrame(rows).astype({"examples": "Int64"})


def test_summary_by_hand():
    table = table_of({("cada", 2): [[0.5, 0.7], [0.6, 1.0]], ("all-source", None): [[0.5], [0.5]]})
    cada, source = summarise(table).itertuples()
    assert (cada.mean, cada.std) == (pytest.approx(0.7), pytest.approx(0.02**0.5))
    assert (source.mean, source.std, source.trials) == (0.5, 0.0, 2)
    cada, _ = summarise(table, Spread.FOLDS).itertuples()
    assert cada.std == pytest.approx(np.std([0.5, 0.7, 0.6, 1.0], ddof=1))


def test_a_single_trial_has_no_standard_deviation():
    (row,) = summarise(table_of({("cada", 2): [[0.5, 0.7]]})).itertuples()
    assert row.mean == 0.6
    assert np.isnan(row.std)
    assert plus_minus(100 * row.mean, row.std) == "60.0"
    assert plus_minus(60, 1.25, 2, " ± ") == "60.00 ± 1.25"


def test_output_directories_that_cannot_be_used(tmp_path):
    held = Results(tmp_path / "busy", {}, {}, COLUMNS, ["cada"])
    with pytest.raises(InputError, match="found another run at work"):
        Results(tmp_path / "busy", {}, {}, COLUMNS, ["cada"])
    held.close()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder that can be written"):
        Results(tmp_path / "file", {}, {}, COLUMNS, ["cada"])
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "results.csv").write_text("a,b\n1,2\n")
    (tmp_path / "foreign" / "run.json").write_text('{"settings": {}, "grid": {}, "versions": {}}')
    with pytest.raises(InputError, match=r"results.csv: expected a results table, found: columns"):
        Results(tmp_path / "foreign", {}, {}, COLUMNS, ["cada"])


def sound_table(**changes) -> pd.DataFrame:
    """The content of results.csv, as text; ``changes`` replace the last row's cells."""
    rows = [
        {
            **{"source": "a", "target": "b", "transductive": "False", "method": method},
            **{"examples": examples, "trial": "0", "fold": str(fold), "ua": "0.7083333333333333"},
            **{"recall_negative": "0.75", "recall_positive": "0.6666666666666666", "epochs": "7"},
        }
        for method, examples in (("all-source", ""), ("cada", "2"))
        for fold in range(2)
    ]
    return pd.DataFrame([*rows[:-1], rows[-1] | changes])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ua": "7.5"}, "'7.5' in line 5, column ua, instead of a number from 0 to 1"),
        ({"ua": "nan"}, "gaps"),
        ({"ua": "-0.1"}, "'-0.1' in line 5, column ua"),
        ({"ua": "0.70"}, "'0.7' in line 5, column ua, instead of the mean of the recalls"),
        ({"ua": "0.70833333"}, "'0.70833333' in line 5, column ua, instead of the mean"),
        ({"recall_positive": "0.6"}, "column ua, instead of the mean of the recalls"),
        ({"recall_positive": "1.1"}, "'1.1' in line 5, column recall_positive"),
        ({"recall_positive": ""}, "gaps"),
        ({"trial": "-1"}, "'-1' in line 5, column trial, instead of a whole number"),
        ({"fold": "1.5"}, "'1.5' in line 5, column fold"),
        ({"fold": "99"}, "'99' in line 5, column fold, instead of a number below 2"),
        ({"fold": "9" * 30}, "in line 5, column fold"),
        ({"epochs": "many"}, "'many' in line 5, column epochs"),
        ({"epochs": "9" * 30}, "in line 5, column epochs, instead of a whole number"),
        ({"examples": "2.5"}, "'2.5' in line 5, column examples"),
        ({"examples": "-2"}, "'-2' in line 5, column examples"),
        ({"transductive": "perhaps"}, "rows of several runs"),
        ({"method": "cda"}, "'cda' in line 5, column method, instead of any of all-source"),
    ],
)
def test_a_results_table_with_another_value_is_refused(tmp_path, changes, told):
    path = tmp_path / "results.csv"
    Record({"folds": 2}, {"trials": 1}).write(tmp_path)
    sound_table().to_csv(path, index=False)
    assert len(read_results(path)) == 4
    sound_table(**changes).to_csv(path, index=False)
    for read in (lambda: read_results(path), lambda: check_folder(tmp_path, {"folds": 2}, {}, {})):
        with pytest.raises(InputError) as caught:
            read()
        message = str(caught.value)
        assert message.startswith(f"{path}: expected a results table, found: ")
        assert told in message
        assert "\n" not in message


def test_methods_and_folds_are_those_of_the_record(tmp_path):
    path = tmp_path / "results.csv"
    sound_table(method="mine", fold="99").to_csv(path, index=False)
    assert len(read_results(path)) == 4  # nothing is known of the run
    Record({}, {}, method_sources={"mine": "1"}).write(tmp_path)
    assert len(read_results(path)) == 4
    Record({"folds": 100}, {}, method_sources={"other": "1"}).write(tmp_path)
    with pytest.raises(InputError, match="'mine' in line 5, column method"):
        read_results(path)


def test_a_table_without_recalls_is_one_of_an_earlier_version(tmp_path):
    path = tmp_path / "results.csv"
    table = sound_table().drop(columns=["recall_negative", "recall_positive"])
    table.to_csv(path, index=False)
    assert len(read_results(path)) == 4
    sound_table().drop(columns="recall_negative").to_csv(path, index=False)
    with pytest.raises(InputError, match="instead of the mean of the recalls"):
        read_results(path)


@pytest.mark.parametrize("kind", ["directory", "fifo", "device"])
def test_what_is_no_file_is_told_without_waiting_for_it(tmp_path, kind):
    put_in_place(tmp_path / "results.csv", kind)
    with pytest.raises(InputError, match=r"results.csv: expected a results table, found: "):
        read_results(tmp_path / "results.csv")


def test_all_tables_of_the_repository_are_read():
    paths = sorted((ROOT / "results").rglob("results.csv"))
    assert min(len(read_results(path)) for path in paths) > 100


def test_what_killed_runs_left_is_removed_and_nothing_else(tmp_path):
    left = [".results.csv.0123abcd.tmp", "cells/.cada-2.npz.0123abcd.tmp", ".x.89ef89ef.tmp"]
    kept = [".results.csv.0123abcd", ".results.csv.tmp", ".x.0123ABCD.tmp", "x.0123abcd.tmp"]
    kept += [".x.0123abcde.tmp", "..0123abcd.tmp", "deeper/.x.0123abcd.tmp", "cells/cada-2.npz"]
    for name in [*left, *kept]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    Results(tmp_path, {}, {}, COLUMNS, ["cada"]).close()
    assert [name for name in left if (tmp_path / name).exists()] == []
    assert [name for name in kept if not (tmp_path / name).exists()] == []
