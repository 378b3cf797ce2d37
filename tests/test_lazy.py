"""Modules of a ``lazy_imports`` block are executed once, when they are first used."""

import importlib
import sys
import threading
import time

import pytest

from cada_tf.lazy import lazy_imports


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on the path, whose modules report in ``package.executed`` when they run."""
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    texts = {
        "__init__": "executed = []",
        "light": "from lazy_example import executed\nexecuted.append('light')\nvalue = 1",
        "slow": "import time\nfrom lazy_example import executed, light\n"
        "executed.append('slow')\ntime.sleep(0.2)\nvalue = light.value + 1",
        "broken": "from lazy_example import executed\nexecuted.append('broken')\n1 / 0",
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_example")
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_example"]:
        del sys.modules[name]


def test_a_module_is_executed_when_it_is_first_used(package):
    with lazy_imports():
        from lazy_example import light, slow
    with lazy_imports():
        from lazy_example import light as again
    assert package.executed == []
    assert (slow.value, light.value) == (2, 1)
    assert again is light
    assert slow.value == 2
    assert sorted(package.executed) == ["light", "slow"]


def test_what_a_lazy_module_imports_and_other_imports_are_not_lazy(package):
    with lazy_imports():
        from lazy_example import slow

        assert slow.value == 2  # executed in the block, and so is what it imports
        assert sorted(package.executed) == ["light", "slow"]
    with pytest.raises(ZeroDivisionError):
        import lazy_example.broken  # noqa: F401


def test_a_package_is_executed_before_its_modules_outside_of_a_block(package, tmp_path):
    folder = tmp_path / "lazy_example" / "inner"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from lazy_example import executed\nexecuted.append('inner')\nfrom . import part"
    )
    (folder / "part.py").write_text("from lazy_example import executed\nexecuted.append('part')")
    with lazy_imports():
        import lazy_example.inner
    assert package.executed == []
    import lazy_example.inner.part

    assert package.executed == ["inner", "part"]
    assert lazy_example.inner.part is sys.modules["lazy_example.inner.part"]
    assert lazy_example.inner.part.__spec__.loader.path == str(folder / "part.py")


def test_a_module_that_fails_fails_where_it_is_used(package):
    with lazy_imports():
        from lazy_example import broken
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            _ = broken.value
    assert package.executed == ["broken", "broken"]


@pytest.mark.usefixtures("package")
def test_a_module_that_is_missing_is_missed_at_once():
    with pytest.raises(ImportError), lazy_imports():
        from lazy_example import nowhere  # noqa: F401


def test_threads_wait_for_one_execution(package):
    with lazy_imports():
        from lazy_example import slow
    found, errors = [], []

    def use():
        try:
            found.append(slow.value)
        except AttributeError as error:
            errors.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert (found, errors) == ([2] * 4, [])
    assert package.executed.count("slow") == 1
