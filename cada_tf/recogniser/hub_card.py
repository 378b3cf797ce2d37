"""The card of a recogniser as the Hugging Face Hub shows it, with its header of metadata."""

import re

from cada_tf.audio.opensmile import is_opensmiles
from cada_tf.recogniser.classifier import Classifier
from cada_tf.recogniser.keras_network import describe_features
from cada_tf.text import escape_markdown

TAGS = ("speech-emotion-recognition", "domain-adaptation", "few-shot")
USE = """\
## Use

```python
import cada_tf  # pip install 'cada-tf[hub]'

recogniser = cada_tf.Recogniser.from_pretrained("USER/NAME")  # of this repository
{call}
```"""
TITLE = re.compile(r"# (?P<target>.+?): .+ in speech")
ESTIMATE = re.compile(
    r"\| system \| UA % \| 95 % interval \|\n\|[- |]+\|\n"
    r"\| (?P<method>[\w-]+) \| (?P<ua>\d+\.\d) \| (?P<low>\d+) to (?P<high>\d+) \|"
)
"""The first row of the table of estimates, that of the recogniser, as model_card writes it."""


def make_card(classifier: Classifier, **metadata: object) -> "ModelCard":  # noqa: F821
    """The card with its header.

    Its licence is ``other`` unless it is given: what binds the model, the licences of its corpora
    and of openSMILE, stands in the card.

    Args:
        classifier: with or without a card.
        **metadata: further fields of ``huggingface_hub.ModelCardData``, or other values of ours.
    """
    from huggingface_hub import ModelCard, ModelCardData

    usable = classifier.feature_config is not None
    own = {
        "library_name": "cada_tf",
        "pipeline_tag": "audio-classification" if usable else "tabular-classification",
        "tags": [*TAGS, *(["opensmile"] if is_opensmiles(classifier.feature_config) else [])],
        **({} if "license" in metadata else {"license": "other", "license_name": "see-card"}),
        **results(classifier.card),
    }
    header = ModelCardData(**own | metadata).to_yaml()
    return ModelCard(f"---\n{header}\n---\n\n{body(classifier)}")


def body(classifier: Classifier) -> str:
    """The card's text: that of the recogniser, or its classes; and how to use it."""
    classes = ", ".join(escape_markdown(name) for name in classifier.classes)
    features = f"{len(classifier.features)} features"
    card = classifier.card.strip() or f"# {classes} in speech\n\nA recogniser from {features}."
    usable = classifier.feature_config is not None
    call = 'predict_files(["recording.wav"])' if usable else f"predict_proba(x)  # {features}"
    return f"{card}\n\n{USE.format(call=f'recogniser.{call}')}\n"


def results(card: str) -> dict[str, object]:
    """``model-index`` and its metric, if the card has an estimate of UA."""
    from huggingface_hub import EvalResult

    title, estimate = TITLE.match(card), ESTIMATE.search(card)
    if not (title and estimate):
        return {}
    target = re.sub(r"\\(.)", r"\1", title["target"])  # without what escape_markdown has added
    result = EvalResult(
        task_type="audio-classification",
        dataset_type=target,
        dataset_name=f"{target}, labelled utterances",
        metric_type="recall",
        metric_value=float(estimate["ua"]),
        metric_name="Unweighted accuracy (UA) in %, by cross-validation, "
        f"95 % interval {estimate['low']} to {estimate['high']}",
        metric_args={"average": "macro"},
    )
    name = f"{target} by {estimate['method']}"
    return {"model_name": name, "eval_results": [result], "metrics": ["recall"]}


def summary(classifier: Classifier) -> dict[str, object]:
    """``config.json``: for people and for the Hub; it is not read again."""
    return {
        "library_name": "cada_tf",
        "classes": list(classifier.classes),
        "n_features": len(classifier.features),
        **describe_features(classifier.feature_config),
    }
