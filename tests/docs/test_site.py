"""The pages of the site: their links lead somewhere, their commands and code can be run."""

import re
import shlex
import subprocess
import sys

import audeer
import audformat
import audiofile
import numpy as np
import pytest
from helpers import ROOT, make_features, voice

import cada_tf

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/notebooks/*.md"))
    if path.name not in ("paper.md",)
)
COPIED = "docs/changelog.md", "docs/contributing.md"
"""Made by Sphinx of pages at the root."""
APPS = {"cada-adapt": "cada_tf.apps.adapt", "cada-predict": "cada_tf.apps.predict"}


def text_of(page, *, code=False):
    """A page, by default without its blocks of code."""
    text = (ROOT / page).read_text()
    return text if code else re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.DOTALL)


def anchors_of(page):
    """Those of its headings, as GitHub and MyST make them."""
    text = re.sub("```.*?```", "", text_of(page, code=True), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {words.replace(" ", "-") for words in plain}


@pytest.mark.parametrize("page", [page for page in PAGES if page not in COPIED])
def test_links_between_pages_lead_somewhere(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", text_of(page)):
        path, _, anchor = target.partition("#")
        if path.startswith("gallery/"):
            continue  # which Sphinx makes
        file = (folder / path).resolve() if path else ROOT / page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors_of(file.relative_to(ROOT).as_posix()), target


def commands():
    """Program and flags of each command of each page, once."""
    found = {}
    for page in PAGES:
        for line in re.findall(r"^ {4,6}((?:python -m|cada-\w+) .*)", text_of(page), re.M):
            words = shlex.split(line, comments=True)
            words = words[2:] if words[0] == "python" else [APPS[words[0]], *words[1:]]
            if words[0] == "experiments.profile":
                words = words[1:]
            if words[0].startswith(("experiments.", "figures.", "cada_tf.")):
                found.setdefault(words[0], set()).update(re.findall(r"--([a-z_]+)", line))
    return found


COMMANDS = commands()


def test_the_pages_show_the_programs():
    assert len(COMMANDS) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("program", COMMANDS)
def test_commands_have_only_flags_that_their_program_has(program):
    command = [sys.executable, "-m", program, "--help"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    known = {name.removeprefix("[no]") for name in re.findall(r"--((?:\[no\])?\w+)", done.stdout)}
    known.add("flagfile")  # absl's
    assert {name for name in COMMANDS[program] if name not in known} <= {f"no{n}" for n in known}


def python_of(page):
    return re.findall(r"```python\n(.*?)```", text_of(page, code=True), re.DOTALL)


@pytest.mark.slow
def test_the_code_of_the_interfaces_runs(tmp_path, monkeypatch):
    """All of it in one namespace, as a reader would; only what goes to the Hub stays here."""
    monkeypatch.chdir(tmp_path)
    for extra in ("audonnx", "onnx", "huggingface_hub"):
        pytest.importorskip(extra)
    pushed = []
    monkeypatch.setattr(cada_tf.Recogniser, "push_to_hub", lambda *a, **o: pushed.append((a, o)))
    namespace = {"cada_tf": cada_tf}
    for names, n, seed in (("Xs ys", 80, 0), ("Xt yt", 20, 1)):
        y = np.arange(n) % 2
        values = make_features(y, 0.1, seed), np.array(["negative", "positive"])[y]
        namespace |= dict(zip(names.split(), values, strict=True))
    for name in ("a.wav", "b.wav"):
        audiofile.write(name, voice(4.0), 16_000)
    database = audformat.Database("calls")
    index = audformat.segmented_index(["a.wav"], [0], ["2s"])
    database["segments"] = audformat.Table(index)
    database.save(audeer.mkdir("database"))
    signal, rate = audiofile.read("a.wav", always_2d=True)
    namespace |= {"signal": signal, "sampling_rate": rate}
    monkeypatch.setattr(audformat.Database, "root", ".", raising=False)
    namespace["database"] = database
    exec("import audonnx", namespace)
    first, *others = python_of("docs/interfaces.md")
    exec(first, namespace)
    namespace["recogniser"] = namespace["search"].best_estimator_.recogniser_
    for block in others:
        exec(block, namespace)
    assert len(namespace["table"]) == 1
    assert set(namespace["feature"].feature_names) == {"negative", "positive"}
    assert {"my_model.keras", "my_model.onnx", "my_folder"} <= {p.name for p in tmp_path.iterdir()}
    assert len(pushed) == 1


def test_the_function_of_the_features_is_a_feature_set(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    request.addfinalizer(lambda: sys.modules.pop("my_features", None))
    (code,) = python_of("docs/features.md")
    name = re.search(r'"""(\w+\.py), for --features=(\S+)"""', code)
    (tmp_path / name[1]).write_text(code)
    audiofile.write("a.wav", voice(0.5), 16_000)
    made = cada_tf.audio.feature_registry.make_feature_set(name[2])
    signal, rate = audiofile.read("a.wav", always_2d=True)
    assert made.names == ("rms", "seconds")
    assert made(signal, rate)[1] == pytest.approx(0.5)
