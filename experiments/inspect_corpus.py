r"""Inspects a corpus: the first thing to run on a new one.

    python -m experiments.inspect_corpus --corpus=emodb:DIR --output_dir=runs/inspect-emodb

prints what is in it and what is wrong with it, and writes report.txt (the same, with every file
named), files.csv (one row per recording), inspection.png and inspection.pdf. A bad recording does
not stop it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from absl import flags

from cada_tf import corpora
from cada_tf.apps import paths, program, settings
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS
from cada_tf.paper import SAMPLING_RATE
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.corpora import audio_properties, inspection
    from figures import inspection as picture
    from figures import labels, tables

FLAGS = flags.FLAGS

NAMED = 10
"""Files, features and speakers that are named of each finding on the terminal."""
SPEAKERS = 30
"""Rows of the terminal's table of speakers."""
SILENCE = (
    "  quiet: before and after the speech, 40 dB below the loudest; of sad speech the noise may be "
    "louder\n  than that. digital silence: zeros there. AUC 0.5: unrelated; 1 or 0: that alone "
    "tells the class."
)
QUOTIENT = (
    "  stddevNorm is a standard deviation divided by a mean: it is far off where the mean is near "
    "zero,\n  which is no fault of the recording. Listen to those with other features out of range."
)


def main() -> None:
    """Inspects, reports and draws."""
    corpus = corpora.load_corpus(FLAGS.corpus, settings.corpus_options())
    folder = make_folder(FLAGS.output_dir or f"runs/inspect-{corpus.attrs['name']}", "output_dir")
    options = settings.feature_options()
    del options["skip_bad_files"]  # none is left out here
    found = inspection.inspect(corpus, **options)
    report, table = folder / "report.txt", folder / "files.csv"
    write_atomically(report, render(found) + "\n")
    write_atomically(table, found.files.to_csv(float_format="%.6g"))
    pictures = picture.draw(found, folder / "inspection")
    print(f"{render(found, NAMED, SPEAKERS)}\n")
    print(f"report: {report}\nfiles: {table}\nfigure: {pictures[0]}")


def render(
    found: inspection.Inspection, named: int | None = None, speakers: int | None = None
) -> str:
    """The report.

    Args:
        found: of ``inspection.inspect``.
        named: how many files or features of each finding are named; None for all.
        speakers: how many there are in their table; None for all.
    """
    files = found.files
    speakers_table = tables.text(["Speakers"], counts_of(files, "speaker"), width=math.inf)
    parts = [
        tables.text(["Utterances, beside the paper's Table 1"], beside_paper(found)),
        tables.text(["Emotions"], counts_of(files, "emotion")),
        shorten(speakers_table, speakers and speakers + 3),
        *describe_audio(found, named),
        *describe_ties(found, named),
        *describe_features(found, named),
        listing("Warnings", warn(found)) if warn(found) else "No warnings.",
    ]
    return "\n\n".join(parts)


def beside_paper(found: inspection.Inspection) -> list[list[str]]:
    """The sizes of the corpus and of the paper's."""
    ours = sizes_of(found.files)
    names = [name for name in ours if name != "speakers"]
    return [
        ["", found.name, *(f"paper's {name}" for name in inspection.TABLE_1)],
        *(
            [
                name,
                str(ours[name]),
                *(str(row.get(name, "–")) for row in inspection.TABLE_1.values()),
            ]
            for name in [*names, "speakers"]
        ),
    ]


def sizes_of(files: pd.DataFrame) -> dict[str, int]:
    """Utterances of each class, and speakers, as in ``inspection.TABLE_1``."""
    classes = files["class"].value_counts().sort_index().to_dict()
    return {"speakers": files["speaker"].nunique(), **classes}


def counts_of(files: pd.DataFrame, column: str) -> list[list[str]]:
    """Utterances by a column and class, with totals."""
    counts = pd.crosstab(files[column], files["class"])
    rows = [[name, *map(str, row), str(sum(row))] for name, *row in counts.itertuples()]
    return [[column, *counts.columns, "all"], *rows]


def describe_audio(found: inspection.Inspection, named: int | None) -> list[str]:
    """What the recordings are like, and which are bad."""
    if not found.decoded:
        return ["Recordings: none was opened, since the table brings the features."]
    files, durations = found.files, found.files["duration"].dropna()
    lines = [f"{len(durations)} of {len(files)} can be decoded"]
    if len(durations):
        low, middle, high = durations.min(), durations.median(), durations.max()
        lines += [
            f"duration: {durations.sum():.1f} s in all; shortest {low:.2f} s, median "
            f"{middle:.2f} s, longest {high:.2f} s",
            f"sampling rate: {tally(files['sampling_rate'], ' Hz')}",
            f"channels: {tally(files['channels'])}",
        ]
    parts = [listing("Recordings", lines)]
    bad = files[files["problem"] != ""]
    if bad.empty:
        parts.append("No recording is unreadable, too short, silent or a duplicate.")
    for problem, rows in bad.groupby("problem"):
        details = [f"{row.Index}: {row.detail}" for row in rows.itertuples()]
        parts.append(listing(f"{problem.capitalize()}: {len(rows)}", details, named))
    clipped = files[files["clipped"] > 0].sort_values("clipped", ascending=False, kind="stable")
    title = (
        f"Clipped ({audio_properties.MIN_CLIPPED_RUN} or more samples in a row at full scale): "
        f"{len(clipped)}"
    )
    shares = [f"{row.Index}: {row.clipped:.3%} of the samples" for row in clipped.itertuples()]
    return [*parts, listing(title, shares, named)]


def tally(values: pd.Series, unit: str = "") -> str:
    """Such as ``16000 Hz (535)``."""
    counts = values.value_counts().sort_index()
    return ", ".join(f"{value}{unit} ({number})" for value, number in counts.items())


def describe_ties(found: inspection.Inspection, named: int | None) -> list[str]:
    """What gives a class away besides the emotion, and the same audio under several labels."""
    if not found.decoded:
        return []
    ties = [
        f"{row.measure.replace('_', ' ')}: median {row.median:.2f} s in "
        f"{labels.count(row.utterances, 'utterance')} of {row.column} {row.group}"
        f"{row.speaker and f' of speaker {row.speaker}'}, {row.others:.2f} s in the others, AUC "
        f"{row.auc:.2f}"
        for row in found.ties.itertuples()
    ]
    same = [
        " = ".join(
            f"{row.file} (speaker {row.speaker}, {row.emotion}, {row._5})"
            for row in rows.itertuples()
        )
        for _, rows in found.conflicts.groupby("number")
    ]
    title = f"Durations and silence that give a class or an emotion away: {len(ties)}"
    title += f"\n{SILENCE}" * bool(ties)
    return [
        listing(title, ties, named and named + title.count("\n")),
        listing(f"The same audio under several labels: {len(same)}", same, named),
    ]


def describe_features(found: inspection.Inspection, named: int | None) -> list[str]:
    """Which functionals are constant, and which values out of range."""
    constant = [
        f"{row.feature}: in the {labels.count(row.utterances, 'utterance')} of "
        f"{f'{row.column} {row.group}' if row.column else 'the corpus'}"
        for row in found.constant.itertuples()
    ]
    outliers = [
        f"{feature}: {labels.count(len(rows), 'value')}, the farthest "
        f"{rows['value'].iloc[0]:.6g} in {rows['file'].iloc[0]}, "
        f"{abs(rows['distance'].iloc[0]):.0f} ranges from the median of "
        f"{rows['median'].iloc[0]:.6g}"
        for feature, rows in found.outliers.groupby("feature", sort=False)
    ]
    number = found.outliers["file"].nunique()
    title = (
        f"Features out of range (more than {inspection.MAX_DISTANCE} interquartile ranges from "
        f"the median): {labels.count(len(found.outliers), 'value')} in "
        f"{labels.count(number, 'file')}, all in files.csv"
    )
    parts = [listing(f"Features that are constant: {len(constant)}", constant, named)]
    parts.append(listing(title, outliers, named))
    if found.outliers["feature"].str.endswith("stddevNorm").any():
        parts[-1] += f"\n{QUOTIENT}"
    return parts


def warn(found: inspection.Inspection) -> list[str]:
    """What to mend or to bear in mind, a line each."""
    files, usable, told = found.files, found.usable, []
    if bad := len(files) - len(usable):
        told.append(
            f"{labels.count(bad, 'recording')} cannot be used: replace them, or leave them out of "
            "a run with --skip_bad_files."
        )
    paper = inspection.TABLE_1.get(found.name)
    if paper and paper != sizes_of(files):
        told.append("the sizes are not the paper's: results do not compare with it.")
    fewest = METHODS["label-target"].fewest_per_class
    for label in sorted(files["class"].unique()):
        if (size := (usable["class"] == label).sum()) < fewest:
            told.append(
                f"class {label} has {size} usable utterances, fewer than {fewest}: add some; as "
                "a target, label-target cannot be run."
            )
    if files["class"].nunique() == 1:
        told.append("only one class: there is nothing to recognise; check --negative, --positive.")
    classes = files.groupby("speaker")["class"].nunique()
    if len(classes) == 1:
        told.append("only one speaker: results will say nothing of other people.")
    single = classes.index[classes == 1]
    if len(single) and files["class"].nunique() > 1:
        names = ", ".join(single[:NAMED]) + ", …" * (len(single) > NAMED)
        told.append(
            f"{labels.count(len(single), 'speaker')} with one class alone ({names}): a model may "
            "learn the voice instead of the emotion; add utterances of the others."
        )
    if len(found.ties):
        told.append(
            "durations or silence give a class or emotion away (see above): a model may learn "
            "these instead of the emotion; cut all recordings alike, or compare speakers with and "
            "without."
        )
    if len(found.conflicts):
        told.append(
            f"{labels.count(len(found.conflicts), 'recording')} of the same audio as another have "
            "other labels (see above): correct them, or leave all but one out."
        )
    if files["sampling_rate"].nunique() > 1:
        told.append(f"mixed sampling rates: keep --sampling_rate={SAMPLING_RATE}, the default.")
    return told


def listing(title: str, lines: Iterable[str], named: int | None = None) -> str:
    """Indented lines below a title, of which ``named`` are shown."""
    return shorten("\n  ".join([title, *lines]), named and named + 1)


def shorten(block: str, lines: int | None) -> str:
    """The first lines of a block, and how many more there are; all if ``lines`` is None."""
    shown = block.split("\n")
    more = len(shown) - lines if lines else 0
    return "\n".join([*shown[:lines], f"  … and {more} more in report.txt"] if more > 0 else shown)


if __name__ == "__main__":
    with program.group("Input and output"):
        flags.DEFINE_string(
            "corpus", None, f"NAME:PATH: the corpus: {settings.CORPUS_HELP}", required=True
        )
        paths.define_path(
            "output_dir", "DIR: where the report goes; runs/inspect-NAME if not given."
        )
    settings.define_corpus_flags()
    program.start(main)
