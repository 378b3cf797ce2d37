"""run.json: other settings and other code of a method are refused, older directories go on."""

import json

import pytest

from cada_tf.errors import InputError
from cada_tf.runs.record import (
    Record,
    check_method_sources,
    check_settings,
    find_record,
    planned,
    read_record,
    versions,
)
from cada_tf.runs.results import Results

COLUMNS = {"source": "a", "target": "b", "transductive": False}
METHODS = "all-source", "ccsa", "cada"


def open_results(folder, settings=None, grid=None, **sources):
    """Opens and closes the results of a directory."""
    results = Results(folder, settings or {}, grid or {}, COLUMNS, METHODS, sources)
    results.close()
    return results


def add_row(folder, method, **sources):
    results = Results(folder, {}, {}, COLUMNS, METHODS, sources)
    row = {"method": method, "examples": None, "trial": 0, "fold": 0, "ua": 0.5, "epochs": 1}
    results.add([row])
    results.close()


def test_a_record_is_read_as_it_was_written(tmp_path):
    assert find_record(tmp_path) is None
    record = Record({"seed": 0, "hidden": [2, 4]}, {"trials": 3}, method_sources={"cada": "ab"})
    record.write(tmp_path)
    assert read_record(tmp_path) == find_record(tmp_path) == record
    assert record.versions == versions()
    assert {"tensorflow", "opensmile", "python"} <= set(record.versions)


def test_a_record_without_fingerprints_has_the_form_of_older_ones(tmp_path):
    open_results(tmp_path, {"seed": 0}, {"trials": 1})
    assert list(json.loads((tmp_path / "run.json").read_text())) == ["settings", "grid", "versions"]


def test_an_unchanged_record_is_not_written_again(tmp_path):
    open_results(tmp_path, {"seed": 0}, ccsa="1")
    before = (tmp_path / "run.json").stat()
    open_results(tmp_path, {"seed": 0}, ccsa="1")
    assert (tmp_path / "run.json").stat().st_ino == before.st_ino


def test_results_of_other_settings_are_refused(tmp_path):
    open_results(tmp_path, {"seed": 0, "hidden": (2, 4)}, {"trials": 1})
    open_results(tmp_path, {"seed": 0, "hidden": [2, 4]}, {"trials": 2})
    message = "holds results of other settings: `hidden` was 2,4, now it is 2. Choose another"
    with pytest.raises(InputError, match=message) as caught:
        open_results(tmp_path, {"seed": 0, "hidden": [2]})
    assert caught.value.option == "output_dir"
    record = read_record(tmp_path)
    assert record.grid == {"trials": 2}
    check_settings(tmp_path, record, {"seed": 0}, part=True)
    check_settings(tmp_path, None, {"seed": 9})
    with pytest.raises(InputError, match="`seed` was 0, now it is 1"):
        check_settings(tmp_path, record, {"seed": 1}, part=True)
    with pytest.raises(InputError, match="`hidden` was 2,4, now it is None"):
        check_settings(tmp_path, record, {"seed": 0})


def test_a_record_without_a_feature_set_is_of_the_papers(tmp_path):
    record = Record({"seed": 0}, {})
    check_settings(tmp_path, record, {"seed": 0, "features": "GeMAPSv01b"})
    with pytest.raises(InputError, match="`features` was GeMAPSv01b, now it is eGeMAPSv02"):
        check_settings(tmp_path, record, {"seed": 0, "features": "eGeMAPSv02"})
    check_settings(tmp_path, record, {"seed": 0, "classes": "valence"})
    with pytest.raises(InputError, match="`classes` was valence, now it is anger=a,joy="):
        check_settings(tmp_path, record, {"seed": 0, "classes": ["anger=a", "joy="]})


def test_rows_of_other_code_of_a_method_are_refused(tmp_path):
    add_row(tmp_path, "ccsa", ccsa="1", cada="1")
    message = "holds rows of another ccsa: the source of this method has changed since"
    with pytest.raises(InputError, match=message) as caught:
        open_results(tmp_path, ccsa="2", cada="1")
    assert "\n" not in str(caught.value)
    open_results(tmp_path, cada="1")  # ccsa is not asked for this time
    assert read_record(tmp_path).method_sources == {"ccsa": "1", "cada": "1"}
    open_results(tmp_path, ccsa="1", cada="2")  # which has no rows yet
    assert read_record(tmp_path).method_sources == {"ccsa": "1", "cada": "2"}


def test_a_method_that_is_added_later_is_recorded(tmp_path):
    add_row(tmp_path, "cada", cada="1")
    add_row(tmp_path, "ccsa", ccsa="1")
    assert read_record(tmp_path).method_sources == {"cada": "1", "ccsa": "1"}


def test_rows_without_a_fingerprint_are_accepted(tmp_path):
    add_row(tmp_path, "cada")
    open_results(tmp_path, cada="1")
    check_method_sources(tmp_path, None, {"cada": "1"}, ["cada"])
    with pytest.raises(InputError, match="another cada"):  # it is known from now on
        open_results(tmp_path, cada="2")


def test_other_versions_are_logged(tmp_path, caplog):
    open_results(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    record["versions"]["numpy"] = "0.1"
    (tmp_path / "run.json").write_text(json.dumps(record))
    open_results(tmp_path)
    assert "holds results of other versions of numpy, which may differ" in caplog.text


def test_what_a_run_plans(tmp_path):
    assert planned(tmp_path) is None
    Record({"folds": 2}, {"trials": 3}).write(tmp_path)
    assert planned(tmp_path) == (3, 2)
    for settings, grid in (({}, {"draws": 3}), ({"folds": float("inf")}, {"trials": 3})):
        Record(settings, grid).write(tmp_path)
        with pytest.raises(InputError, match=r"run.json: expected a number of trials and of fol"):
            planned(tmp_path)


NESTED = '{"settings": {}, "grid": {}, "method_options": {"x": %s}}' % (600 * "[" + 600 * "]")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"settings": 1, "grid": {}, "versions": {}}', 100_000 * "[", NESTED],
    ids=["empty", "list", "nothing", "number", "brackets", "nested"],
)
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    for read in (read_record, find_record, planned):
        with pytest.raises(
            InputError, match=r"run.json: expected the settings of a run, found som"
        ):
            read(tmp_path)


def test_results_without_a_record_are_refused(tmp_path):
    (tmp_path / "results.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"run.json: expected the settings of a run, found noth"):
        open_results(tmp_path)


def test_options_of_methods_outside_of_the_package_may_come_later(tmp_path):
    """But an option of theirs that rows depend on may not change, loaded or not in between."""

    def opened(**own):
        Results(tmp_path, {"seed": 0}, {}, COLUMNS, METHODS, method_options=own).close()

    opened()
    opened(ccsa_weight=0.5)
    opened()
    assert read_record(tmp_path).method_options == {"ccsa_weight": 0.5}
    opened(ccsa_weight=0.5, other=1)
    with pytest.raises(InputError, match=r"`ccsa_weight` was 0.5, now it is 0.25"):
        opened(ccsa_weight=0.25)
