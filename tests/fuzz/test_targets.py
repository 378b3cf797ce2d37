"""The fuzzing targets without the fuzzer: what they start from is read, what they change is not."""

import random

import pytest

from fuzz.mutations import change_csv, change_json, change_parquet
from fuzz.targets import TARGETS

UNREAD = {"table_csv": 1, "table_parquet": 2}
"""Seeds without features, as there are no such recordings."""


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(tmp_path, name):
    read = [TARGETS[name].check(seed, tmp_path) for seed in TARGETS[name].seeds()]
    assert read.count(False) == UNREAD.get(name, 0)


@pytest.mark.parametrize("name", TARGETS)
def test_other_bytes_are_refused(tmp_path, name):
    assert not TARGETS[name].check(b"neither this nor that", tmp_path)


def test_what_is_no_input_error_passes(tmp_path, monkeypatch):
    def fail(_):
        raise KeyError

    target = TARGETS["record"]
    monkeypatch.setattr("fuzz.targets.record.read_record", fail)
    with pytest.raises(KeyError):
        target.check(b"", tmp_path)


@pytest.mark.parametrize(
    ("change", "name"),
    [(change_json, "record"), (change_csv, "results"), (change_parquet, "table_parquet")],
)
def test_changes_are_small_and_depend_on_the_generator(change, name):
    seed = TARGETS[name].seeds()[-1]
    changed = {change(seed, random.Random(i)) for i in range(100)}
    assert len(changed) > 50
    assert change(seed, random.Random(1)) == change(seed, random.Random(1)) != seed
    for data in (b"", b"\xff", *changed):
        change(data, random.Random(2))
