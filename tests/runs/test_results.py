"""The results table: its summary by hand, and output directories that cannot be used."""

import numpy as np
import pandas as pd
import pytest

from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.evaluation.spread import plus_minus
from cada_tf.runs.results import Results, summarise

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
