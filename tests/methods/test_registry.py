"""What a method declares: flags, records and refusals follow from it."""

import dataclasses
import sys
from importlib.metadata import EntryPoint

import pytest

from cada_tf.config import Config, Scaling, option
from cada_tf.errors import InputError
from cada_tf.methods import (
    METHODS,
    Method,
    Target,
    all_options,
    config_of,
    fingerprint,
    get_method,
    load_entry_points,
    load_method_modules,
    make_config,
    option_values,
    register,
)

CODE = """
from cada_tf.methods import Method, register
from {neighbour} import FACTOR

@register
class Mine(Method):
    "A docstring."
    name = "{name}"
    source = True

    def learning_rates(self, config):
        return (FACTOR * 2,)
"""


@pytest.fixture
def registered():
    """The table of methods is as it was before the test; so is what is imported."""
    methods, path = dict(METHODS), list(sys.path)
    yield METHODS
    METHODS.clear()
    METHODS.update(methods)
    for name in ("my_method", "factors"):
        sys.modules.pop(name, None)
    sys.path[:] = path
    fingerprint.cache_clear()


def test_the_papers_systems_come_in_its_order():
    paper = [name for name, method in METHODS.items() if method.in_paper]
    assert paper == ["all-source", "fine-tune", "fada", "cada", "label-target", "all-target"]
    assert [METHODS[name].label for name in paper] == [
        *("all-source", "fine-tune", "FADA", "CADA", "label-target", "all-target")
    ]


def declare(**declaration):
    return type("Made", (Method,), {"name": "made", "source": True} | declaration)


@dataclasses.dataclass(frozen=True)
class Taken:
    patience: int = option(3, "An option that all methods have.")


@dataclasses.dataclass(frozen=True)
class OfFada:
    fada_gamma: float = option(3.0, "An option that FADA has.")


@dataclasses.dataclass(frozen=True)
class Plain:
    made_weight: float = 1.0


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"name": "Made"}, "expected a name of lower-case letters, digits and hyphens"),
        ({"name": None}, "found None"),
        ({"name": "cada"}, "found 'cada', which cada_tf.methods.cada has registered"),
        ({"source": False}, "expected a method that trains on the source, on target utterances"),
        ({"starts_from": "none"}, "expected starts_from to name a registered method"),
        ({"starts_from": "all-target"}, "uses no target utterance, found 'all-target'"),
        ({"options": object}, "expected options to be a dataclass"),
        ({"options": Plain}, "expected the option made_weight to have a default and a help"),
        ({"options": Taken}, "found patience, which Config has"),
        ({"options": OfFada}, "found fada_gamma, which fada has"),
    ],
)
def test_declarations_that_contradict_are_refused(registered, declaration, message):
    before = list(registered)
    with pytest.raises(InputError, match=message):
        register(declare(**declaration))
    assert list(registered) == before


def test_options_of_both_kinds_under_one_list_of_names():
    config = make_config(patience=5, scaling="corpus", fada_discriminator=["8", "4"])
    assert (config.patience, config.scaling) == (5, Scaling.CORPUS)
    assert METHODS["fada"].options_of(config).fada_discriminator == (8, 4)
    other = make_config(config, fada_gamma=1, patience=6)
    assert METHODS["fada"].options_of(other).fada_discriminator == (8, 4)
    assert (other.patience, other.scaling) == (6, Scaling.CORPUS)
    values = option_values(other)
    assert list(values) == list(all_options())
    assert config_of(values | {"seed": 3}) == make_config(**values)
    assert option_values(config_of(values)) == values
    assert "fada_gamma" not in option_values(Config(), ["cada"])
    assert "adversarial_rate" not in option_values(Config(), ["cada-eq2", "fada"])
    with pytest.raises(TypeError, match=r"Unknown option 'patienc'\. Did you mean patience\?"):
        make_config(patienc=3)
    with pytest.raises(ValueError, match="nowhere"):
        make_config(scaling="nowhere")


def write(folder, name="mine", neighbour="factors", extra=""):
    (folder / "factors.py").write_text("FACTOR = 1e-3\n")
    path = folder / "my_method.py"
    path.write_text(CODE.format(name=name, neighbour=neighbour) + extra)
    return path


def test_a_module_of_ones_own_is_known_by_its_file_or_its_name(registered, tmp_path):
    path = write(tmp_path)
    load_method_modules([str(path)])
    load_method_modules([str(path), "my_method"])  # a second time there is nothing to do
    assert list(registered)[-1] == "mine"
    assert get_method("mine").learning_rates(Config()) == (2e-3,)
    assert (get_method("mine").label, get_method("mine").target) == ("mine", Target.NONE)


def test_entry_points_register_methods_and_a_broken_one_is_reported(
    registered, tmp_path, monkeypatch, caplog
):
    write(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    entries = [
        EntryPoint(name, module, "cada_tf.methods")
        for name, module in (("gone", "no_such_package"), ("mine", "my_method"))
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: entries)
    load_entry_points()
    assert "mine" in registered
    assert caplog.messages == [
        "entry point gone = no_such_package left out: No module named 'no_such_package'"
    ]


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("absent.py", "absent.py: expected a file, found none"),
        ("no_such.module", "no_such.module: expected a module that Python finds, found none"),
        ("json", "method module json: expected it to register a method, found none"),
    ],
)
def test_modules_that_register_nothing_are_refused(module, message):
    with pytest.raises(InputError, match=message):
        load_method_modules([module])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1 / 0\n", r"found ZeroDivisionError: division by zero \(my_method.py, line \d+\)"),
        ("def", "found SyntaxError"),
        ("import no_such_package\n", "No module named 'no_such_package'"),
    ],
)
def test_a_module_that_fails_gives_one_line(registered, tmp_path, code, message):
    path = write(tmp_path, extra=code)
    before = list(registered)
    with pytest.raises(InputError, match=message) as error:
        load_method_modules([str(path)])
    assert "\n" not in str(error.value)
    assert list(registered) == before


def test_a_file_that_hides_another_module_is_refused(tmp_path):
    path = tmp_path / "json.py"
    path.write_text("")
    with pytest.raises(InputError, match="expected a file whose name no other module has"):
        load_method_modules([str(path)])


def test_a_file_that_another_one_hides_is_refused(tmp_path, monkeypatch):
    """Of the same name, and earlier on Python's path."""
    paths = [tmp_path / name / "hidden_method.py" for name in ("first", "second")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("")
    monkeypatch.setattr(sys, "path", [str(paths[0].parent), *sys.path])
    with pytest.raises(InputError, match=rf"found the module hidden_method \({paths[0]}\)\. Re"):
        load_method_modules([str(paths[1])])
    monkeypatch.delitem(sys.modules, "hidden_method")


def test_an_unknown_method_is_named_with_the_remedy():
    with pytest.raises(InputError, match=r"found 'cda'\. Did you mean cada.*`method_module`"):
        get_method("cda")


def fingerprint_of(path):
    """The fingerprint of the method in a file, read anew."""
    for name in ("my_method", "factors"):
        sys.modules.pop(name, None)
    METHODS.pop("mine", None)
    fingerprint.cache_clear()
    load_method_modules([str(path)])
    return fingerprint("mine")


@pytest.mark.usefixtures("registered")
def test_a_fingerprint_changes_with_the_code_alone(tmp_path):
    path = write(tmp_path)
    first = fingerprint_of(path)
    text = path.read_text()
    path.write_text("# A comment.\n" + text.replace("A docstring.", "Another docstring."))
    assert fingerprint_of(path) == first
    path.write_text(text.replace("* 2", "* 3"))
    assert fingerprint_of(path) != first
    declared = """
import dataclasses, cada_tf
@dataclasses.dataclass(frozen=True)
class Weight:
    weight: float = cada_tf.methods.option(0.5, "A weight.", low=0)
"""
    path.write_text(text + declared)
    first_with = fingerprint_of(path)
    assert first_with != first
    path.write_text(text + declared.replace("0.5", "0.7"))  # its value is recorded with each run
    assert fingerprint_of(path) == first_with
    path.write_text(text)
    (tmp_path / "factors.py").write_text("FACTOR = 1e-4\n")  # which it imports from its folder
    assert fingerprint_of(path) != first


def test_each_method_has_a_fingerprint_of_its_own():
    found = {fingerprint(name) for name in METHODS}
    assert len(found) == len(METHODS)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in found)
