"""A recogniser in a folder, or in a repository of the Hugging Face Hub, under the Hub's names.

Only these methods need ``huggingface_hub``, the extra ``hub``, and import it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", bound="Pretrained")


class Pretrained:
    """The methods of ``huggingface_hub.ModelHubMixin``, of a ``Classifier``.

    The folder or repository holds ``model.keras``, which ``cada_tf.load`` reads as well;
    ``README.md``, the model card under the header of metadata that the Hub reads; and
    ``config.json``, a summary by which the Hub counts downloads.
    """

    def save_pretrained(
        self,
        save_directory: str | os.PathLike,
        *,
        model_card_kwargs: Mapping[str, object] | None = None,
    ) -> Path:
        """Writes a folder, and replaces its ``model.keras``, ``README.md`` and ``config.json``.

        Args:
            save_directory: the folder; it is made if it is not there.
            model_card_kwargs: metadata of the card (see ``huggingface_hub.ModelCardData``) that
                the recogniser does not know, such as ``{"language": "de", "license": "mit"}``.

        Returns:
            The folder.

        Raises:
            InputError: huggingface_hub is not installed, the folder cannot be made or written, the
                metadata are none, or as ``save``.
        """
        from cada_tf.recogniser import hub

        return hub.save(self, save_directory, model_card_kwargs or {})

    @classmethod
    def from_pretrained(
        cls: type[T], pretrained_model_name_or_path: str | os.PathLike, **options: object
    ) -> T:
        """Reads a recogniser from a folder, or from the Hub. Nothing in it is executed.

        Args:
            pretrained_model_name_or_path: a folder that ``save_pretrained`` has written; if there
                is none, ``USER/NAME`` of a repository, which is fetched, or taken from the cache.
            **options: of ``ModelHubMixin.from_pretrained``, such as ``revision``, ``token``,
                ``cache_dir`` and ``local_files_only``.

        Raises:
            InputError: huggingface_hub is not installed; there is no such folder or repository, or
                it cannot be fetched; it has no model, or one that ``load`` refuses; or an unknown
                option.
        """
        from cada_tf.recogniser import hub

        return cls(**vars(hub.load(pretrained_model_name_or_path, **options)))

    def push_to_hub(self, repo_id: str, **options: object) -> str:
        """Uploads what ``save_pretrained`` writes to the Hub, in one commit.

        Args:
            repo_id: ``USER/NAME`` of a repository; it is made if it is not there.
            **options: of ``ModelHubMixin.push_to_hub``, such as ``private``, ``token``,
                ``commit_message``, and ``model_card_kwargs`` as of ``save_pretrained``.

        Returns:
            The URL of the commit.

        Raises:
            InputError: huggingface_hub is not installed, nobody is logged in, the repository
                cannot be made or written, or an unknown option.
        """
        from cada_tf.recogniser import hub

        return hub.push(self, repo_id, **options)
