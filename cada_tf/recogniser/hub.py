"""Folders and repositories of the Hugging Face Hub, by ``huggingface_hub.ModelHubMixin``.

Its cache, authentication and uploads are the Hub's own; the model in it is our file, which is read
as data. ``recogniser.pretrained`` has the methods for users, and imports this when they are used.
"""

import contextlib
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.recogniser import hub_card, model_file
from cada_tf.recogniser.classifier import Classifier
from cada_tf.text import one_line

MODEL = "model.keras"
CARD = "README.md"


def save(classifier: Classifier, folder: str | os.PathLike, metadata: Mapping[str, object]) -> Path:
    """Writes a folder; see ``Pretrained.save_pretrained``."""
    folder = Path(folder).expanduser()
    model = hub_model(classifier)
    with one_clear_error(str(folder), "a folder and a card that can be written", "Change them"):
        model.generate_model_card(**metadata)  # refuses metadata before anything is written
        model.save_pretrained(
            folder, config=hub_card.summary(classifier), model_card_kwargs=dict(metadata)
        )
    return folder


def load(folder_or_repository: str | os.PathLike, **options: object) -> Classifier:
    """Reads a folder, or a repository; see ``Pretrained.from_pretrained``."""
    place = os.path.expanduser(folder_or_repository)
    if os.path.isdir(place) and not os.path.exists(Path(place, MODEL)):
        raise InputError(
            f"{place}: expected a folder with {MODEL}, found none in it. "
            "Name a folder that save_pretrained has written."
        )
    expected = "a folder, or a model of the Hugging Face Hub"
    with one_clear_error(place, expected, "Check name, revision, network and token"):
        return hub_class().from_pretrained(place, **options).classifier


def push(classifier: Classifier, repository: str, **options: object) -> str:
    """Uploads a model; see ``Pretrained.push_to_hub``."""
    model = hub_model(classifier)
    expected = "a repository of the Hugging Face Hub that can be written to"
    with one_clear_error(repository, expected, "Check its name, the network and the token"):
        return model.push_to_hub(repository, config=hub_card.summary(classifier), **options)


@contextlib.contextmanager
def one_clear_error(place: str, expected: str, remedy: str) -> Iterator[None]:
    """Turns what huggingface_hub raises into InputError; ours pass as they are."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # of the network, the Hub, the cache, the file system and JSON
        reason = one_line(str(error), 300).rstrip(".") or type(error).__name__
        raise InputError(f"{place}: expected {expected}, found: {reason}. {remedy}.") from error


def hub_model(classifier: Classifier) -> "HubModel":  # noqa: F821
    """A classifier as the Hub's model."""
    model = hub_class()()
    model.classifier = classifier
    return model


@functools.cache
def hub_class() -> type:
    """The class by which ``huggingface_hub`` writes, reads and uploads a classifier.

    It holds a ``Classifier`` and has no arguments: the mixin would write these to config.json, and
    take them from there.

    Raises:
        InputError: the package is not installed.
    """
    try:
        from huggingface_hub import ModelCard, ModelHubMixin, hf_hub_download
    except ImportError as error:
        raise InputError(
            "expected the package huggingface_hub, found it not installed. "
            "pip install 'cada-tf[hub]'."
        ) from error

    class HubModel(ModelHubMixin):
        def __init__(self) -> None:
            self.classifier: Classifier | None = None

        def _save_pretrained(self, save_directory: Path) -> None:
            model_file.save(self.classifier, save_directory / MODEL)
            # The mixin keeps a card that is there, but it is another model's.
            (save_directory / CARD).unlink(missing_ok=True)

        def generate_model_card(self, **metadata: object) -> ModelCard:
            return hub_card.make_card(self.classifier, **metadata)

        @classmethod
        def _from_pretrained(
            cls,
            *,
            model_id: str,
            revision: str | None,
            cache_dir: str | os.PathLike | None,
            force_download: bool,
            local_files_only: bool,
            token: str | bool | None,
        ) -> "HubModel":
            path = Path(model_id, MODEL)
            if not os.path.isdir(model_id):
                path = hf_hub_download(
                    model_id,
                    MODEL,
                    revision=revision,
                    cache_dir=cache_dir,
                    force_download=force_download,
                    local_files_only=local_files_only,
                    token=token,
                )
            return hub_model(model_file.read(path))

    return HubModel
