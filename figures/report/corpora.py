"""The corpora of a run: counts, features and terms, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cada_tf.corpora.corpus import BY_VALENCE
from cada_tf.corpora.licences import licence_of
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from cada_tf.runs.record import ADDED_LATER, formatted
from cada_tf.text import shown
from figures.report.page import Folded, Items, Section, Table, named

with lazy_imports():
    import pandas as pd

    from cada_tf.audio import feature_set, opensmile
    from cada_tf.corpora import table as corpus_table

if TYPE_CHECKING:
    from figures.report.page import Block
    from figures.report.results import Run

ROLES = ("source", "target")


def describe(run: Run) -> Section:
    """What the run was trained and tested on."""
    kept = kept_corpora(run)
    blocks: list[Block] = identities(run)
    if kept:
        by_name = (crossed(kept, column) for column in ("speaker", "emotion"))
        blocks = [counts(kept), *by_name]
    facts = [*licences(run), *features(run, kept), *left_out(run)]
    return Section("Corpora and features", [*blocks, Items(facts)])


def kept_corpora(run: Run) -> dict[str, pd.DataFrame]:
    """Role → corpus with its features; empty where the run has not kept both."""
    try:
        return {role: run.archive.corpus(role) for role in ROLES}
    except InputError:
        return {}


def counts(kept: dict[str, pd.DataFrame]) -> Table:
    """One row per corpus: its utterances, those of each class, and its speakers."""
    classes = sorted({label for corpus in kept.values() for label in corpus["class"]})
    rows = []
    for role, corpus in kept.items():
        for name, part in parts_of(corpus):
            of_class = part["class"].value_counts()
            rows.append(
                [
                    f"{shown(name)} ({role})",
                    f"{len(part):,}",
                    *(f"{of_class.get(label, 0):,}" for label in classes),
                    speakers(part),
                ]
            )
    heads = ["Corpus", "Utterances", *map(shown, classes), "Speakers"]
    return Table("Utterances of each class, and speakers", heads, rows)


def parts_of(corpus: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The corpora that one was joined from, by their names; itself if it is one alone."""
    if "corpus" not in corpus:
        return [(corpus.attrs["name"], corpus)]
    return list(corpus.groupby("corpus", sort=False))


def speakers(corpus: pd.DataFrame) -> str:
    """How many speakers a corpus has, as far as they are known."""
    known = {*corpus["speaker"]} - {corpus_table.UNKNOWN}
    return str(len(known)) if known else corpus_table.UNKNOWN


def crossed(kept: dict[str, pd.DataFrame], column: str) -> Folded:
    """Utterances of each class by the values of a column, folded."""
    title = f"Utterances of each {column}"
    classes = sorted({label for corpus in kept.values() for label in corpus["class"]})
    rows = []
    for role, corpus in kept.items():
        found = pd.crosstab(corpus[column], corpus["class"]).reindex(columns=classes, fill_value=0)
        rows += [
            [f"{shown(name)} ({role})", *(f"{count:,}" for count in values)]
            for name, values in zip(found.index, found.to_numpy(), strict=True)
        ]
    heads = [column.capitalize(), *map(shown, classes)]
    return Folded(title, [Table(title, heads, rows)])


def identities(run: Run) -> list[Block]:
    """What is known of corpora that were not kept."""
    record = run.record
    known = [
        f"{role.capitalize()}: {shown(record.settings[role])}."
        for role in ROLES
        if record and role in record.settings
    ]
    return [
        Items(known),
        "Their counts by class and speaker are not known, as the folder of the run has not kept "
        "the corpora (source.parquet, target.parquet).",
    ]


def licences(run: Run) -> list[str]:
    """The terms of each corpus."""
    names = [*run.source.split("+"), run.target]
    return [f"Licence of {name}, going by its name: {licence_of(name)}." for name in names]


def features(run: Run, kept: dict[str, pd.DataFrame]) -> list[str]:
    """What was measured of a recording, and what binds it."""
    settings = ADDED_LATER | dict(run.record.settings if run.record else {})
    name = shown(settings["features"])
    config = kept["target"].attrs["features"] if kept else None
    lines = [f"Features: {name}."]
    if kept:
        number = len(feature_set.feature_names(kept["target"]))
        rate = "at each file's own sampling rate"
        if config and config.sampling_rate:
            rate = f"at {config.sampling_rate:,} Hz"
        elif config is None:
            rate = "from a table"
        lines = [f"Features: {number} of {name}, {rate}."]
    named = config or feature_set.FeatureConfig(name, "", 0)
    if opensmile.is_opensmiles(named):
        lines.append(f"{opensmile.TERMS}.")
    return lines


def left_out(run: Run) -> list[str]:
    """What was not used, as far as the record says."""
    settings = ADDED_LATER | dict(run.record.settings if run.record else {})
    classes = settings["classes"]
    lines = []
    if dropped := settings.get("drop"):
        lines.append(f"Emotions that were left out: {', '.join(named(list(dropped)))}.")
    if classes == BY_VALENCE:
        lines.append(
            "Classes are by valence: emotions that are neither positive nor negative, such as "
            "surprise, have none, and their utterances were left out."
        )
    elif isinstance(classes, list):
        none = [shown(line[:-1]) for line in map(str, classes) if line.endswith("=")]
        lines.append(
            f"Emotions without a class in the file of classes: {', '.join(none) or 'none'}."
        )
    if shares := settings.get("source_shares"):
        lines.append(f"The source was thinned to the shares {shown(formatted(shares))}.")
    if "emodb" in (run.source, run.target) and settings.get("emodb_extra") is False:
        lines.append("Of EMODB the 281 files that version 2.0 added were left out.")
    if settings.get("skip_bad_files"):
        lines.append(
            "Recordings that could not be used, copies of others among them, were left out; the "
            "log of the run named them, and its files do not."
        )
    elif run.record:
        lines.append(
            "No recording was left out as unusable or as a copy: the run would have been refused."
        )
    return lines
