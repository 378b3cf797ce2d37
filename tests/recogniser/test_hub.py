"""Folders and repositories of the Hugging Face Hub, without the Hub."""

import dataclasses
import importlib.util
import json
import logging
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import CONFIG, make_random_recogniser, make_table

from cada_tf import InputError, Recogniser, load
from cada_tf.adaptation import model_card
from cada_tf.adaptation.adapt import adapt
from cada_tf.methods import make_config
from cada_tf.recogniser import hub

needs_hub = pytest.mark.skipif(
    importlib.util.find_spec("huggingface_hub") is None,
    reason="huggingface_hub, the extra hub, is not installed",
)


@pytest.fixture
def recogniser():
    return make_random_recogniser(
        features=62, feature_config=CONFIG, card="# Čárda: mad in speech\n\n中立は除く。\n"
    )


def header_of(folder):
    from huggingface_hub import ModelCard

    return ModelCard.load(folder / "README.md").data.to_dict()


def assert_same(found, recogniser):
    assert type(found) is Recogniser
    x = np.random.default_rng(0).normal(size=(20, 62))
    np.testing.assert_array_equal(found.predict_proba(x), recogniser.predict_proba(x))
    fields = "classes", "features", "feature_config", "valence", "card"
    assert [getattr(found, f) for f in fields] == [getattr(recogniser, f) for f in fields]


@needs_hub
def test_what_is_saved_is_loaded(recogniser, tmp_path, caplog):
    folder = tmp_path / "deep" / "mine"
    assert recogniser.save_pretrained(folder) == folder
    assert {path.name for path in folder.iterdir()} == {"model.keras", "README.md", "config.json"}
    with caplog.at_level(logging.WARNING):
        assert_same(Recogniser.from_pretrained(folder), recogniser)
    assert_same(Recogniser.from_pretrained(str(folder)), recogniser)
    assert_same(load(folder / "model"), recogniser)
    assert not caplog.records
    summary = json.loads((folder / "config.json").read_text())
    assert (summary["classes"], summary["n_features"]) == (["angry", "happy", "neutral"], 62)


@needs_hub
def test_the_card_has_the_hubs_header(recogniser, tmp_path):
    recogniser.save_pretrained(tmp_path)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert recogniser.card.strip() in text
    assert 'Recogniser.from_pretrained("USER/NAME")' in text
    assert 'predict_files(["recording.wav"])' in text
    header = header_of(tmp_path)
    assert header.pop("tags")[0] == "speech-emotion-recognition"
    assert header == {  # nothing is made up where the card has no estimate
        "library_name": "cada_tf",
        "license": "other",
        "license_name": "see-card",
        "pipeline_tag": "audio-classification",
    }
    # Another model's card is not kept, and the user's knowledge is added.
    own = {"language": "de", "license": "cc-by-4.0", "tags": ["call-centre"]}
    bare = make_random_recogniser(card="", classes=("---", "a: b"))
    bare.save_pretrained(tmp_path, model_card_kwargs=own)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "Čárda" not in text
    assert "# ---, a: b in speech" in text
    assert "predict_proba(x)" in text
    assert header_of(tmp_path) == own | {
        "library_name": "cada_tf",
        "pipeline_tag": "tabular-classification",
    }


@needs_hub
def test_an_estimate_in_the_card_is_in_the_header(small_problem, tmp_path):
    config = make_config(max_epochs=2, hidden=(4,))
    target = dataclasses.replace(small_problem.target, name="my_few")
    problem = dataclasses.replace(small_problem, target=target)
    adapted = adapt(problem, config, "pooled", cache_dir=tmp_path / "cache", jobs=1)
    corpora = make_table(seed=1), make_table(seed=2)
    card = model_card.render(adapted, problem, config, corpora, "made by hand")
    adapted.recogniser.with_card(card, {}).save_pretrained(tmp_path / "mine")
    header = header_of(tmp_path / "mine")
    own = adapted.assessment.estimates.iloc[0]
    (entry,) = header["model-index"]
    (result,) = entry["results"]
    (metric,) = result["metrics"]
    assert (entry["name"], result["dataset"]["type"]) == ("my_few by pooled", "my_few")
    assert metric["value"] == round(100 * own.ua, 1)
    assert f"{100 * own.low:.0f} to {100 * own.high:.0f}" in metric["name"]
    assert (header["metrics"], metric["args"]) == (["recall"], {"average": "macro"})


@needs_hub
def test_a_repository_is_read_from_the_hubs_cache(recogniser, tmp_path):
    snapshot = tmp_path / "models--me--mine" / "snapshots" / ("0" * 40)
    recogniser.save_pretrained(snapshot)
    (tmp_path / "models--me--mine" / "refs").mkdir()
    (tmp_path / "models--me--mine" / "refs" / "main").write_text("0" * 40)
    options = {"cache_dir": tmp_path, "local_files_only": True}
    assert_same(Recogniser.from_pretrained("me/mine", **options), recogniser)
    (snapshot / "model.keras").unlink()
    message = "me/mine: expected a folder, or a model of the Hugging Face Hub, found: "
    with pytest.raises(InputError, match=f"^{message}.*Check name, revision, network and token"):
        Recogniser.from_pretrained("me/mine", **options)


class FakeHub:
    """The Hub's API; what is uploaded is copied to ``folder``."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []

    def __call__(self, token):
        self.asked.append(token)
        return self

    def create_repo(self, repo_id, private, exist_ok):
        if repo_id.startswith("others/"):
            raise OSError("403 Forbidden.\nYou do not own it.")
        self.asked.append((repo_id, private, exist_ok))
        return SimpleNamespace(repo_id=repo_id)

    def upload_folder(self, folder_path, commit_message, **_):
        shutil.copytree(folder_path, self.folder)
        return f"https://hub/commit/{commit_message}"


@needs_hub
def test_what_is_pushed_is_a_folder(recogniser, tmp_path, monkeypatch):
    from huggingface_hub import hub_mixin

    fake = FakeHub(tmp_path / "hub")
    monkeypatch.setattr(hub_mixin, "HfApi", fake)
    url = recogniser.push_to_hub(
        "me/mine",
        private=True,
        token="hf_1",
        commit_message="v1",
        model_card_kwargs={"language": "pl"},
    )
    assert url == "https://hub/commit/v1"
    assert fake.asked == ["hf_1", ("me/mine", True, True)]
    assert header_of(tmp_path / "hub")["language"] == "pl"
    assert_same(Recogniser.from_pretrained(tmp_path / "hub"), recogniser)
    with pytest.raises(InputError) as caught:
        recogniser.push_to_hub("others/mine")
    assert str(caught.value) == (
        "others/mine: expected a repository of the Hugging Face Hub that can be written to, found: "
        "403 Forbidden. You do not own it. Check its name, the network and the token."
    )


def damage(name, content):
    def change(folder):
        (folder / name).write_bytes(content)

    return change


@needs_hub
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "model.keras").unlink(), "expected a folder with model.keras, f"),
        (
            damage("model.keras", b"PK"),
            "model.keras: expected a model that cada-adapt wrote, found",
        ),
        (damage("config.json", b"{"), "a model of the Hugging Face Hub, found: Expecting prop"),
        (damage("config.json", b"[1]"), "a model of the Hugging Face Hub, found: 'list' object"),
        (shutil.rmtree, "expected a folder, or a model of the Hugging Face Hub, found: Repo id"),
    ],
)
def test_folders_that_are_refused(recogniser, tmp_path, change, message):
    folder = recogniser.save_pretrained(tmp_path / "mine")
    change(folder)
    with pytest.raises(InputError, match=message) as caught:
        Recogniser.from_pretrained(folder)
    assert str(caught.value).startswith(str(folder))


@needs_hub
def test_what_else_is_refused(recogniser, tmp_path):
    folder = recogniser.save_pretrained(tmp_path / "mine")
    with pytest.raises(InputError, match="unexpected keyword argument 'revison'"):
        Recogniser.from_pretrained(folder, revison="v1")
    with pytest.raises(InputError, match="unexpected keyword argument 'privat'"):
        recogniser.push_to_hub("me/mine", privat=True)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match=f"^{file}: expected a folder and a card that can be"):
        recogniser.save_pretrained(file)
    with pytest.raises(InputError, match="found: Failed to validate eval_results"):
        recogniser.save_pretrained(tmp_path / "new", model_card_kwargs={"eval_results": 3})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("use", ["save_pretrained", "push_to_hub", "from_pretrained"])
def test_the_extra_is_named_where_it_is_missing(recogniser, tmp_path, monkeypatch, use):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    hub.hub_class.cache_clear()
    folder = tmp_path / "mine"
    if use == "from_pretrained":
        recogniser.save(tmp_path / "model")
        folder = tmp_path
    with pytest.raises(InputError) as caught:
        getattr(recogniser, use)(folder)
    assert str(caught.value) == (
        "expected the package huggingface_hub, found it not installed. pip install 'cada-tf[hub]'."
    )
    assert not (tmp_path / "mine").exists()
