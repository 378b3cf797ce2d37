r"""Who wins when: the tables of a study, and the leads of one method, with a picture.

    python -m figures.study --results=results/study [--compare=cada] [--output=FILE.md]

prints, or writes as Markdown: UA of all methods by the rule that their setting was chosen by, in
the mean over pairs of corpora; UA on each pair; and the mean lead over each rival, on the pairs
with a large shift, on the others, and on all. --picture draws the lead over the first rival on
each pair against the UA of the source alone. UA is in %, leads are in points.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from cada_tf.apps import paths, program, settings
from cada_tf.errors import InputError, suggestion
from cada_tf.evaluation.effect import Effect
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, Target
from cada_tf.storage import write_atomically
from cada_tf.study.declaration import Study, read_study
from figures import command
from figures.drawing import INCHES, LOOK, save, styles_of
from figures.labels import count, display
from figures.suggestions import grid, lead

with lazy_imports():
    import matplotlib.figure
    import pandas as pd

    from cada_tf.study import leads as study_leads
    from cada_tf.study import marginals, method_rules, selection
    from cada_tf.study import results as study_results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAGS = flags.FLAGS
DECLARATION = Path(__file__).parents[1] / "experiments" / "study.yaml"
NEAR = 0.01
"""UA within which a choice is near the best one."""
PARTS = {"large": "large shift", "small": "small shift", "all": "all"}


def main() -> None:
    """Prints or writes the tables, and draws the picture."""
    output = command.given_output()
    study = read_study(FLAGS.declaration or DECLARATION)
    results = study_results.StudyResults(study, Path(FLAGS.results))
    method, rivals = given_methods(study)
    found = leads_of(results, method, rivals)
    text = render(results, found, method)
    if output:
        write_atomically(output, text + "\n")
        print(f"tables: {output}")
    else:
        print(text)
    if FLAGS.picture:
        for file in draw(results, found, command.picture_path(FLAGS.picture)):
            print(f"figure: {file}")


def given_methods(study: Study) -> tuple[str, list[str]]:
    """The method of ``--compare``, and its rivals.

    Raises:
        InputError: the study has no such method.
    """
    rivals = FLAGS.rivals or [name for name in study.methods if name != FLAGS.compare]
    for flag, name in [("compare", FLAGS.compare), *(("rivals", name) for name in rivals)]:
        if name not in study.methods:
            raise InputError(
                f"expected any of {', '.join(study.methods)}, found {name!r}."
                f"{suggestion(name, study.methods)}",
                option=flag,
            )
    return FLAGS.compare, rivals


def leads_of(results: study_results.StudyResults, method: str, rivals: list[str]) -> pd.DataFrame:
    """The leads of a method over its rivals, under each scaling."""
    group = study_results.Group
    comparisons = [
        (group(scaling, method), group(scaling, rival))
        for scaling in results.study.scalings
        for rival in rivals
    ]
    return study_leads.pair_leads(results, comparisons, by_speaker=FLAGS.by_speaker)


def render(results: study_results.StudyResults, found: pd.DataFrame, method: str) -> str:
    """All tables, in Markdown."""
    ua = results.ua()
    parts = [*rule_tables(results), *pair_tables(ua), *lead_tables(found, ua, method)]
    parts += correlation_tables(results, found, ua)
    parts += choice_table(results, ua)
    return "\n\n".join([*parts, *marginal_tables(results, method)])


def rule_tables(results: study_results.StudyResults) -> list[str]:
    """UA of each method by rule and number of examples, in the mean over pairs."""
    study, table = results.study, results.ua_by_rule()
    means = table.groupby(["method", "examples", "rule"])["ua"].mean()
    columns = [(size, str(rule)) for size in study.search.examples for rule in selection.Rule]
    rows = [
        [name, *(percent(means.get((name, *column))) for column in columns)]
        for name in study.methods
    ]
    return [
        f"UA under the scaling {study.searched}, mean over {count(len(results.pairs), 'pair')}, by "
        "the number of examples and the rule that the setting was chosen by, "
        f"{count(study.search.trials, 'trial')} of {count(study.folds, 'fold')}. The oracle is no "
        "method: it has seen other test folds of the pair. Empty: the rule was not tried.",
        grid(
            ["method", *(f"{size}, {rule}" for size, rule in columns)],
            [row for row in rows if any(row[1:])],
        ),
    ]


def pair_tables(ua: pd.DataFrame) -> list[str]:
    """UA of each method on each pair, a table per scaling, number of examples and target."""
    parts = []
    for (scaling, size, target), own in ua.groupby(["scaling", "examples", "target"]):
        cells = own.pivot(index="method", columns="source", values="mean")
        order = list(dict.fromkeys(own["method"]))
        rows = [[name, *map(percent, cells.loc[name])] for name in order]
        parts += [f"{target}, {size} examples, {scaling}:", grid(["method", *cells], rows)]
    return parts


def lead_tables(found: pd.DataFrame, ua: pd.DataFrame, method: str) -> list[str]:
    """The mean lead of a method over each rival, by shift."""
    parts = []
    for scaling, own in found.groupby("scaling", sort=False):
        rows = []
        tables = study_leads.by_shift(own, ua, scaling) | {"all": own}
        for part, some in tables.items():
            for row in study_leads.mean_leads(some).itertuples() if len(some) else ():
                size = str(row.examples or "mean")
                mean = Effect(row.mean, row.low, row.high, row.p)
                plain = Effect(row.plain, row.plain_low, row.plain_high, math.nan)
                rows.append(
                    [
                        *(PARTS[part], row.rival, size, f"{row.ahead}/{row.pairs}"),
                        *(lead(mean), p_value(row.p_holm), points(row.tau, plus=""), lead(plain)),
                    ]
                )
        parts += [
            f"Lead of {display(method)} under the scaling {scaling}, with the 95 % interval of the "
            "mean over pairs (random effects, Hartung and Knapp), p after Holm over the rows of a "
            "shift, the standard deviation τ of true leads, and the plain mean with the interval "
            f"of crossed sources and targets. A shift is large where all-source has at most "
            f"{100 * study_leads.LARGE_SHIFT:.0f} %.",
            grid(
                ["shift", "rival", "examples", "ahead", "lead", "p", "τ", "plain mean"],
                rows,
            ),
        ]
    return parts


def correlation_tables(
    results: study_results.StudyResults, found: pd.DataFrame, ua: pd.DataFrame
) -> list[str]:
    """What the leads go with, over pairs."""
    parts = []
    for scaling, own in found.groupby("scaling", sort=False):
        alone = study_leads.source_ua(ua, scaling).to_frame()
        measures = alone.join(results.shifts.set_index(["source", "target"]))
        rows = [
            [row.rival, row.measure, str(row.pairs), f"{row.rho:+.2f}", p_value(row.p_holm)]
            for row in study_leads.correlations(own, measures).itertuples()
        ]
        parts += [
            f"What the lead goes with under the scaling {scaling}, in the mean over numbers of "
            "examples: Spearman's ρ over pairs, p after Holm over all rows. Pairs that share a "
            "corpus count as independent, which they are not. conditional_mmd and class_agreement "
            "know all labels of the target.",
            grid(["rival", "measure", "pairs", "ρ", "p"], rows),
        ]
    return parts


def choice_table(results: study_results.StudyResults, ua: pd.DataFrame) -> list[str]:
    """What choosing the method is worth, by a measure of the shift that needs no label."""
    shifts = results.shifts.set_index(["source", "target"])
    known = shifts.drop(columns=["conditional_mmd", "class_agreement"], errors="ignore")
    rows = []
    for (scaling, size), own in ua.groupby(["scaling", "examples"], sort=False):
        semi = bool(results.study.scalings[scaling])
        table = own.pivot(index=["source", "target"], columns="method", values="mean")
        table = table[[name for name in table if may_be_chosen(name, semi)]].dropna(axis=1)
        chosen = method_rules.leave_corpus_out(table, known.loc[table.index])
        single, lost = table.mean().idxmax(), chosen["best"] - chosen["ua"]
        means = (chosen["ua"], chosen["constant_ua"], table[single], chosen["best"])
        rule, constant, one, best = (percent(values.mean()) for values in means)
        near = f"{(lost <= NEAR).sum()}/{len(lost)}"
        row = [scaling, str(size), rule, constant, f"{single} {one}", best]
        rows.append([*row, points(lost.max(), plus=""), near])
    heads = ["scaling", "examples", "rule", "constant", "best single", "best of each pair"]
    return [
        "Which method? UA in the mean over pairs: of a rule that looks at one measure of the "
        "shift, and of always the same method, both chosen without the corpora of the pair; of the "
        "method that is best over all pairs, and of the best of each pair, both in hindsight. "
        "Lost: the most that the rule is behind the best on a pair; near: on how many it is within "
        "a point. Under the first scaling inductive methods alone.",
        grid([*heads, "lost", "near"], rows),
    ]


def may_be_chosen(method: str, semi_supervised: bool) -> bool:
    """Whether a rule may choose a method: it knows the few labels alone, or unlabelled ones too."""
    declared = METHODS[method]
    return declared.target is not Target.ALL and (semi_supervised or not declared.unlabelled)


def marginal_tables(results: study_results.StudyResults, method: str) -> list[str]:
    """What the values of the method's options are worth."""
    rows = [
        [
            *(row.option, row.value, str(row.settings)),
            f"{points(row.lead)} ± {points(row.error, plus='')}",
        ]
        for row in marginals.marginals(results, method).itertuples()
    ]
    return [
        f"Options of {display(method)}: mean lead of the random settings that have a value over "
        "all of them, in points, ± its standard error over pairs. Other options differ as well.",
        grid(["option", "value", "settings", "lead"], rows),
    ] * bool(rows)


def percent(ua: float | None) -> str:
    """UA in %; empty where there is none."""
    return "" if ua is None or math.isnan(ua) else f"{100 * ua:.1f}"


def points(value: float, plus: str = "+") -> str:
    """A number of points, with its sign; empty where there is none."""
    if math.isnan(value):
        return ""
    return f"{round(100 * value, 1) + 0:{plus}.1f}".replace("-", "−")


def p_value(p: float) -> str:
    """A p to three digits."""
    return "" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def draw(results: study_results.StudyResults, found: pd.DataFrame, path: Path) -> list[Path]:
    """Draws the leads over the first rival against the UA of all-source, a panel per scaling.

    Args:
        results: of the study.
        found: of ``leads_of``.
        path: where, without suffix.

    Returns:
        The files written.
    """
    first = found.iloc[0]
    own = found[(found["rival"] == first.rival) & (found["examples"] == 0)]
    scalings = list(own["scaling"].unique())
    with matplotlib.rc_context(LOOK):
        figure = matplotlib.figure.Figure((INCHES[1], 3.0), layout="constrained")
        panels = figure.subplots(1, len(scalings), sharey=True, squeeze=False)[0]
        for axes, scaling in zip(panels, scalings, strict=True):
            alone = study_leads.source_ua(results.ua(), scaling)
            draw_leads(axes, own[own["scaling"] == scaling], alone)
            axes.set_title(f"scaling: {scaling}")
        panels[0].set_ylabel(f"{display(first.method)} − {display(first.rival)}, points of UA")
        handles = panels[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(handles[0]), frameon=False)
        return save(figure, path)


def draw_leads(axes: Axes, own: pd.DataFrame, alone: pd.Series) -> None:
    """The lead on each pair with its interval, a colour and marker per target."""
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(100 * study_leads.LARGE_SHIFT, color="0.6", linewidth=0.6, linestyle="--")
    styles = styles_of(own["target"])
    for target, some in own.groupby("target"):
        keys = zip(some["source"], some["target"], strict=True)
        ua = [100 * alone.get(key, math.nan) for key in keys]
        ahead, low, high = (100 * some[name] for name in ("difference", "low", "high"))
        style = styles[target]._replace(linestyle="none")._asdict()
        look = {"elinewidth": 0.5, "markersize": 3.5, "label": f"→ {target}"}
        axes.errorbar(ua, ahead, [ahead - low, high - ahead], **style, **look)
        for source, x, y in zip(some["source"], ua, ahead, strict=True):
            axes.annotate(
                *(f" {source}", (x, y)),
                **{"fontsize": 4, "va": "center", "parse_math": False},
            )
    axes.set_xlabel("UA of all-source in %")


if __name__ == "__main__":
    settings.define_method_module_flag()
    paths.define_path("results", "DIR: the --output_dir of experiments.study.", required=True)
    paths.define_path("declaration", "FILE: the declaration of the study, in YAML.")
    paths.define_path("output", "FILE: the file to write; the standard output if not given.")
    paths.define_path("picture", "PATH: a picture of the leads, without suffix.")
    flags.DEFINE_string("compare", "cada", "METHOD: whose leads are told.")
    flags.DEFINE_list("rivals", None, "METHODS: over which; over all others if not given.")
    flags.DEFINE_bool("by_speaker", False, "Intervals of a pair that hold for new speakers.")
    program.start(main)
