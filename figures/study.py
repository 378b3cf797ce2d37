r"""Who wins when: the tables of a study, and the leads of one method, with a picture.

    python -m figures.study --results=results/study [--compare=cada] [--output=FILE.md]

prints, or writes as Markdown: UA of all methods by the rule that their setting was chosen by, in
the mean over pairs of corpora; UA on each pair; and the mean lead over each rival, on the pairs
with a large shift, on the others, and on all. --picture draws the lead over the first rival on
each pair against the UA of the source alone; --rules writes the UA of each pair under each rule,
and --leads the lead on each pair with its interval. UA is in %, leads are in points.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.apps.pictures import INCHES, look
from cada_tf.folders import check_output
from cada_tf.lazy import lazy_imports
from cada_tf.storage import write_atomically
from figures import command, study_command, study_tables
from figures.drawing import add_legend, save
from figures.labels import display
from figures.styles import Style, styles_in_turn

with lazy_imports():
    import matplotlib.figure
    import matplotlib.lines
    import pandas as pd

    from cada_tf.study import declaration
    from cada_tf.study import leads as study_leads
    from cada_tf.study import results as study_results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLAGS = flags.FLAGS


def main() -> None:
    """Prints or writes the tables, and draws the picture."""
    output = command.given_output()
    files = {name: check_output(Path(FLAGS[name].value)) for name in CSVS if FLAGS[name].value}
    results = study_command.given_results()
    comparisons = compared(results.study, *given_methods(results))
    found = study_leads.pair_leads(results, comparisons, by_speaker=FLAGS.by_speaker)
    command.write_or_print(render(results, comparisons, found), output, "tables")
    for name, file in files.items():
        write_atomically(file, CSVS[name](results, found))
        print(f"table: {file}")
    if FLAGS.picture:
        for file in draw(results, found, command.picture_path(FLAGS.picture)):
            print(f"figure: {file}")


def given_methods(results: study_results.StudyResults) -> tuple[str, list[str]]:
    """The method of ``--compare``, and its rivals.

    Raises:
        InputError: the study has no such method.
    """
    rivals = FLAGS.rivals or [name for name in results.methods if name != FLAGS.compare]
    for flag, name in [("compare", FLAGS.compare), *(("rivals", name) for name in rivals)]:
        study_command.check_method(flag, name, results)
    return FLAGS.compare, rivals


def compared(
    study: declaration.Study, method: str, rivals: list[str]
) -> list[tuple[study_results.Group, study_results.Group]]:
    """The method and each rival, under each scaling."""
    group = study_results.Group
    return [
        (group(scaling, method), group(scaling, rival))
        for scaling in study.scalings
        for rival in rivals
    ]


def render(
    results: study_results.StudyResults,
    comparisons: list[tuple[study_results.Group, study_results.Group]],
    found: pd.DataFrame,
) -> str:
    """All tables, in Markdown.

    Args:
        results: of the study.
        comparisons: whose leads are told.
        found: these leads, of ``pair_leads``.
    """
    ua, method = results.ua(), comparisons[0][0].method
    parts = [
        *study_tables.left_out(results),
        *study_tables.by_rule(results),
        *study_tables.of_leads(found, ua, method),
        *study_tables.of_correlations(results, found, ua),
        *study_tables.of_choices(results, ua),
        *study_tables.of_marginals(results, method),
        *study_tables.by_pair(ua),
        *study_tables.apart(results, comparisons),
    ]
    return "\n\n".join(parts)


def ua_by_rule(results: study_results.StudyResults, _: pd.DataFrame) -> str:
    """UA of each pair, method, number of examples and rule, as CSV: ``StudyResults.ua_by_rule``."""
    table = results.ua_by_rule().rename(columns={"ua": "ua_percent"})
    table["ua_percent"] = (100 * table["ua_percent"].astype(float)).round(2)
    return table.to_csv(index=False)


def leads_by_pair(_: study_results.StudyResults, found: pd.DataFrame) -> str:
    """The leads of ``pair_leads`` in points, as CSV; of the mean over the numbers of examples, too.

    Intervals are those of 95 %, for other utterances and draws of the same corpora.
    """
    keys = ["scaling", "source", "target", "method", "rival", "examples"]
    table = found[keys].replace({"examples": {0: "mean"}})
    for name, value in {"lead": "difference", "low": "low", "high": "high"}.items():
        table[f"{name}_points"] = (100 * found[value]).round(2)
    return table.to_csv(index=False)


CSVS = {"rules": ua_by_rule, "leads": leads_by_pair}
"""Flag that names a file → what is written to it."""


def draw(results: study_results.StudyResults, found: pd.DataFrame, path: Path) -> list[Path]:
    """Draws the leads over the first rival against the UA of all-source, a panel per scaling.

    Args:
        results: of the study.
        found: of ``pair_leads``.
        path: where, without suffix.

    Returns:
        The files written.
    """
    first = found.iloc[0]
    own = found[(found["rival"] == first.rival) & (found["examples"] == 0)]
    scalings = list(own["scaling"].unique())
    with look():
        figure = matplotlib.figure.Figure((INCHES[1], 2.5))
        panels = figure.subplots(1, len(scalings), sharey=True, squeeze=False)[0]
        corpora = styles_in_turn([*own["source"], *own["target"]])
        for axes, scaling in zip(panels, scalings, strict=True):
            alone = study_leads.source_ua(results.ua(), scaling)
            draw_leads(axes, own[own["scaling"] == scaling], alone, corpora)
            axes.set_title(f"Scaling: {scaling}")
        panels[0].set_ylabel(f"{display(first.method)} − {display(first.rival)} (points of UA)")
        draw_legend(figure, corpora)
        return save(figure, path)


def draw_leads(
    axes: Axes, own: pd.DataFrame, alone: pd.Series, corpora: Mapping[str, Style]
) -> None:
    """The lead on each pair: the source's marker, its interval in the target's colour and line."""
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(100 * study_leads.LARGE_SHIFT, color="0.6", linewidth=0.6, linestyle="--")
    for row in own.itertuples():
        ahead, low, high = (100 * value for value in (row.difference, row.low, row.high))
        target = corpora[row.target]
        *_, (interval,) = axes.errorbar(
            *(100 * alone.get((row.source, row.target), math.nan), ahead),
            yerr=[[ahead - low], [high - ahead]],
            color=target.color,
            marker=corpora[row.source].marker,
            **{"elinewidth": 0.5, "markersize": 4.5, "linestyle": "none"},
        )
        interval.set_linestyle(target.linestyle)
    axes.set_xlabel("UA of all-source (%)")


def draw_legend(figure: Figure, corpora: Mapping[str, Style]) -> None:
    """Which marker is which source, and which colour and line which target."""
    handles = [matplotlib.lines.Line2D([], [], **style._asdict()) for style in corpora.values()]
    meaning = "Marker: source; colour and line of its interval: target"
    add_legend(figure, handles, corpora, title=meaning, handle=3.5)


if __name__ == "__main__":
    study_command.define_flags()
    paths.define_path("picture", "PATH: a picture of the leads, without suffix.")
    paths.define_path("rules", "FILE: UA of each pair, method and rule of selection, as CSV.")
    paths.define_path("leads", "FILE: the lead on each pair, with its interval, as CSV.")
    flags.DEFINE_string("compare", "cada", "METHOD: whose leads are told.")
    flags.DEFINE_list("rivals", None, "METHODS: over which; over all others if not given.")
    flags.DEFINE_bool("by_speaker", False, "Intervals of a pair that hold for new speakers.")
    program.start(main)
