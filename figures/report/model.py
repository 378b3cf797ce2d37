"""The page of a model that ``cada-adapt`` made, or that somebody has sent."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cada_tf.lazy import lazy_imports
from cada_tf.text import shown
from figures.report import card, estimates, usage
from figures.report.page import Code, Folded, Items, Page, Prose, Section, Table, named

with lazy_imports():
    from cada_tf.audio import opensmile
    from cada_tf.recogniser import model_file

if TYPE_CHECKING:
    from cada_tf.recogniser.classifier import Classifier
    from figures.report.page import Block

WARNING = "Warning:"
FIRST = {
    "Estimated performance": "The estimates",
    "Confidence": "Confidence",
    "Limits and licences": "What the estimates do not cover, and licences",
}
LAST = {
    "Data": "Corpora and their licences",
    "Measurement": "Features",
    "Settings": "How it was made",
}
"""Sections of a card and their titles here, before and after how it is used; others come last."""
BESIDE = {
    ".md": "the card",
    "-curve.csv": "the learning curve as a table",
    "-curve.png": "the learning curve as a picture",
    "-suggested.csv": "recordings to label next, to be filled in",
    "-suggested.html": "recordings to label next, to listen to",
}
"""Ends of names of what ``cada-adapt`` writes beside a model, and what it is."""
MOST_NAMES = 100
"""Classes, emotions or features that are listed."""


def make_page(path: Path, output: str) -> Page:
    """The page of a model.

    Args:
        path: of its file, with or without ``.keras``.
        output: name of the page's file, for the command that makes it.

    Raises:
        InputError: there is no such file, or it is no model.
    """
    file = model_file.with_suffix(path)
    classifier = model_file.read(file)
    chance = 100 / len(classifier.classes)
    introduction, *sections = card.read(classifier.card)
    warnings, sections = taken_out(sections)
    rest = [section for section in sections if section.title not in {**FIRST, **LAST}]
    means = estimates.meaning(sections, chance)
    drawn = estimates.pictures(sections, chance)
    estimate = [Section("What the estimate means", [Items(means), *drawn])] if means else []
    body = [
        *estimate,
        *retitled(sections, FIRST),
        usage.describe(classifier, file.stem),
        contents(classifier),
        *retitled(sections, LAST),
        left_out(classifier.card),
        beside(file, classifier.card),
        *rest,
        this_page(file, output),
    ]
    title, told = title_of(introduction, classifier)
    return Page(
        title,
        estimates.finding(sections, chance),
        [*warnings, *semi_supervised(sections)],
        [Section("What it is", told), *body] if told else body,
    )


def retitled(sections: Sequence[Section], titles: Mapping[str, str]) -> list[Section]:
    """Those of the sections that have one of these titles, in their order."""
    return [
        Section(new, section.blocks)
        for old, new in titles.items()
        for section in sections
        if section.title == old
    ]


def title_of(introduction: Section, classifier: Classifier) -> tuple[str, Sequence[Block]]:
    """The title of a card, or one by the classes; and what else stands before its sections."""
    blocks = list(introduction.blocks)
    if blocks and isinstance(blocks[0], Prose):
        words = "".join(part for _, part in blocks[0].parts).strip()
        if words:
            return shown(words), blocks[1:]
    return f"{', '.join(named(classifier.classes, MOST_NAMES))} in speech", blocks


def taken_out(sections: Sequence[Section]) -> tuple[list[str], list[Section]]:
    """The warnings of a card, and its sections without them."""
    warnings, rest = [], []
    for section in sections:
        blocks = []
        for block in section.blocks:
            words = text_of(block)
            if words.startswith(WARNING):
                warnings.append(words)
            else:
                blocks.append(block)
        rest.append(Section(section.title, blocks))
    return warnings, rest


def text_of(block: Block) -> str:
    """The text of a paragraph; empty of anything else."""
    return "".join(part for _, part in block.parts) if isinstance(block, Prose) else ""


def semi_supervised(sections: Sequence[Section]) -> list[str]:
    """The sentences of a card that say which unlabelled recordings were used."""
    words = " ".join(text_of(block) for section in sections for block in section.blocks)
    return re.findall(r"(?:SEMI-SUPERVISED|TRANSDUCTIVE): [^.]*\.", words)[:2]


def contents(classifier: Classifier) -> Section:
    """What the file itself holds: classes, emotions, features, network."""
    config = classifier.feature_config
    layers = [str(len(bias[0])) for bias in classifier.weights[1:-2:2]]
    facts = [
        f"Classes: {', '.join(named(classifier.classes, MOST_NAMES))}.",
        f"Features: {len(classifier.features):,}"
        + (f", {shown(config.feature_set)} {shown(config.version)}." if config else "."),
        f"Units of the hidden layers: {', '.join(layers)}.",
        f"Temperature of the probabilities: {classifier.temperature:.2f}.",
    ]
    if opensmile.is_opensmiles(config):
        facts.append(f"{opensmile.TERMS}.")
    if classifier.trained_on:
        facts.append(
            f"Digests of {len(classifier.trained_on):,} recordings that it was trained on, by "
            "which cada-predict says of a recording whether it is one of them."
        )
    blocks: list[Block] = [Items(facts)]
    if classifier.valence:
        rows = [[shown(e), shown(c) if c else "left out"] for e, c in classifier.valence.items()]
        caption = "Emotions of the corpora, and their classes"
        blocks.append(Table(caption, ["Emotion", "Class"], rows))
    features = ", ".join(named(classifier.features, 10 * MOST_NAMES))
    blocks.append(Folded("Names of the features", [features]))
    return Section("What is in the file", blocks)


def left_out(words: str) -> Section:
    """What was not used to make the model, as far as the command in its card says."""
    command = re.search(r"^ {4}(cada-adapt .*)$", words, re.MULTILINE)
    try:
        flags = shlex.split(command[1]) if command else []
    except ValueError:  # a quotation without its end, of a card that somebody wrote
        flags = []
    if not flags:
        return Section("What was left out", ["Not known: the card has no command."])
    lines = [
        f"Emotions: {shown(flag.partition('=')[2])}."
        for flag in flags
        if flag.startswith("--drop=")
    ]
    if "--skip_bad_files" in flags:
        lines.append(
            "Recordings that could not be used, and copies of others; the log of cada-adapt named "
            "them, and the card does not."
        )
    lines.append(
        "Emotions that have no class, such as surprise where classes are by valence; those that "
        "have one are listed above."
    )
    return Section("What was left out", [Items(lines)])


def beside(file: Path, words: str) -> Section:
    """The files of the model, and what they are."""
    there = {end: file.with_name(f"{file.stem}{end}") for end in BESIDE}
    lines = [f"{shown(file.name)}: the model, with its card."]
    for end, path in there.items():
        if path.is_file():
            what = BESIDE[end]
            if end == ".md" and path.read_bytes() != words.encode():
                what = "another card than that in the model, which this page shows"
            lines.append(f"{shown(path.name)}: {what}.")
    return Section("Files", [Items(lines)])


def this_page(file: Path, output: str) -> Section:
    """The command that makes the page again."""
    words = ["python", "-m", "figures.report", f"--model={file.name}", f"--output={output}"]
    return Section("How to make this page again", [Code("The command", shlex.join(words))])
