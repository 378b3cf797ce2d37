"""How a model is used: the commands and the Python, by what it was trained on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports
from figures.report.page import Code, Section

with lazy_imports():
    from cada_tf.audio import columns, feature_registry

if TYPE_CHECKING:
    from cada_tf.recogniser.classifier import Classifier
    from figures.report.page import Block

BY_SPEAKER = (
    "It scales each speaker's features by the recordings of that speaker that are given together: "
    "--speakers=folder takes the speaker from the folder of a recording, and --speakers=column "
    "from a table."
)


def describe(classifier: Classifier, name: str) -> Section:
    """The commands, and the Python.

    Args:
        classifier: the model.
        name: of its file, without suffix.
    """
    given, loaded = own_features(classifier)
    recordings = measures_recordings(classifier)
    words = ["cada-predict", name, "recordings/" if recordings else "table.csv", *given]
    words += ["--speakers=folder"] * (classifier.by_speaker and recordings)
    python = [
        "import cada_tf",
        "",
        f"recogniser = cada_tf.load({', '.join([repr(name), *loaded])})",
        'table = recogniser.predict_files(["a.wav", "b.wav"])'
        if recordings
        else f"probabilities = recogniser.predict_proba(x)  # [n, {len(classifier.features)}]",
    ]
    if classifier.by_speaker:
        python.append(
            "probabilities = recogniser.for_speaker(x).predict_proba(x)  # of one speaker"
        )
    blocks: list[Block] = [
        "The class of each recording, with its probability:"
        if recordings
        else "The class of each row of a table with the column file and all its features:",
        Code("The command", shlex.join(words)),
        "In Python, without TensorFlow:",
        Code("Python", "\n".join(python)),
    ]
    if classifier.by_speaker:
        blocks.append(BY_SPEAKER)
    if given:
        blocks.append(
            "Its features are measured by a model, a function or a configuration that the file "
            "only names: give it as it was given to cada-adapt."
        )
    return Section("How to use it", blocks)


def measures_recordings(classifier: Classifier) -> bool:
    """Whether it is known how its features are measured of a recording."""
    config = classifier.feature_config
    return config is not None and not columns.is_columns(config)


def own_features(classifier: Classifier) -> tuple[list[str], list[str]]:
    """The flag and the argument that name a feature set of the user's; none for known sets."""
    config = classifier.feature_config
    if not measures_recordings(classifier) or config.feature_set in feature_registry.FEATURE_SETS:
        return [], []
    kind = config.feature_set.partition(":")[0]
    named = f"{kind}:PATH" if kind in feature_registry.KINDS else "SET"
    return [f"--features={named}"], [f"features={named!r}"]
