"""Files that appear whole, and what is left of those that did not."""

import os
import time

import pytest

from cada_tf import storage
from cada_tf.audio.features import make_feature_set, open_cache
from cada_tf.storage import DAY, open_regular, replace_atomically, sweep, write_atomically


def age(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)


def killed(path, monkeypatch, write):
    """What a process leaves beside ``path`` that is killed in the middle of ``write``."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(SystemExit))
        patch.setattr(storage.Path, "unlink", lambda *_, **__: None)
        patch.setattr(storage.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(SystemExit):
            write(path)
    (left,) = path.parent.iterdir()
    return left


def write_folder(path):
    with replace_atomically(path) as new:
        new.mkdir()
        (new / "part").touch()


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, "x"), write_folder])
def test_what_a_killed_process_leaves_is_found_and_removed(tmp_path, monkeypatch, write):
    left = killed(tmp_path / "model.keras", monkeypatch, write)
    for name, older_than, stays in (("model", 0, True), (None, DAY, True), (None, 0, False)):
        sweep(tmp_path, older_than, name)
        assert left.exists() is stays


def test_a_folder_is_as_old_as_what_last_changed_in_it(tmp_path, monkeypatch):
    left = killed(tmp_path / "model", monkeypatch, write_folder)
    for path in (*left.rglob("*"), left):
        age(path, 2 * DAY)
    (left / "model" / "part").touch()
    sweep(tmp_path, DAY)
    assert left.exists()
    age(left / "model" / "part", 2 * DAY)
    sweep(tmp_path, DAY)
    assert not left.exists()


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, "x"), write_folder])
def test_what_is_written_takes_the_remnants_of_its_name_away(tmp_path, write):
    old, others = tmp_path / ".model.keras.01234567.tmp", tmp_path / ".other.01234567.tmp"
    for path in (old, others):
        path.touch()
        age(path, 2 * DAY)
    write(tmp_path / "model.keras")
    assert sorted(tmp_path.iterdir()) == [others, tmp_path / "model.keras"]


def test_a_cache_is_swept_as_it_is_opened():
    cache = open_cache(make_feature_set())
    old, new = (storage.Path(cache.path(f"ab{n}")) for n in "12")
    for path, seconds in ((old, 2 * DAY), (new, 60)):
        path = path.with_name(f".{path.name}.01234567.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        age(path, seconds)
    open_cache(make_feature_set())
    assert [path.name for path in old.parent.iterdir() if path.suffix] == [".ab2.01234567.tmp"]


def test_links_are_not_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").touch()
    (tmp_path / ".x.01234567.tmp").symlink_to(tmp_path / "folder")
    sweep(tmp_path)
    assert (tmp_path / "folder" / "mine").exists()


def test_a_regular_file_is_opened_through_a_link(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"x"
