r"""Every method, with one search budget, on all pairs of some corpora: who wins when.

    python -m experiments.study --corpora=FOLDER --output_dir=results/study [--dry_run]

The study is declared in a file, experiments/study.yaml. First all settings of each method are tried
on all pairs; then those that were chosen for a pair, without the pairs that share a corpus with it,
are tested at length. The output directory holds tables of each pair, which figures.study reads. The
same command goes on after an interruption; --dry_run measures a sample and says what is left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import joblib
from absl import flags

from cada_tf.apps import paths, program, settings
from cada_tf.corpora import Options
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import make_config, option_values
from cada_tf.study.declaration import Study
from cada_tf.study.declaration_file import read_study
from cada_tf.study.space import draw_settings
from experiments.run_identity import describe, method_sources
from figures.study_command import DECLARATION

with lazy_imports():
    import pandas as pd

    from cada_tf.protocol import loading, problem
    from cada_tf.runs import cluster, record, results, workers
    from cada_tf.study import course, jobs, shifts, store, train

FLAGS = flags.FLAGS
with program.group("Input and output"):
    paths.define_path("declaration", "FILE: the declaration of the study, in YAML.")
    paths.define_path("corpora", "FOLDER: of the corpora: {corpora} in the declaration.")
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Methods of your own"):
    settings.define_method_module_flag()
with program.group("Running"):
    flags.DEFINE_bool("dry_run", False, "Measure a sample, and say what is left to do.")
    flags.DEFINE_integer("jobs", None, "Processes; one a core if not given.", lower_bound=1)
    flags.DEFINE_string(
        "scheduler", None, "ADDRESS: a Dask scheduler, such as tcp://HOST:8786, for its cluster."
    )
    paths.define_path("cache_dir", "DIR: where functionals are kept; $CADA_CACHE if not given.")


def main() -> None:
    """Does what is missing, or says what it would cost."""
    study = read_study(FLAGS.declaration or DECLARATION, FLAGS.corpora or "")
    settings_of = {name: draw_settings(name, study) for name in study.methods}
    folder = make_folder(FLAGS.output_dir, "output_dir")
    with results.lock_folder(folder):
        corpora = measure(study)
        problems = {
            pair: make_problem(study, *(corpora[name] for name in pair)) for pair in study.all_pairs
        }
        keep_record(folder, study, corpora, settings_of)
        shifts.add_shifts(folder, problems)
        store.write_utterances(folder, {pair[1]: p.target for pair, p in problems.items()})
        do = functools.partial(
            train.do, study=study, settings=settings_of, modules=tuple(FLAGS.method_module)
        )
        work = course.Course(study, problems, folder, functools.partial(hire, do))
        if FLAGS.dry_run:
            print(render(work.estimate(), joblib.effective_n_jobs(FLAGS.jobs or -1)))
        else:
            work.run()
            print(f"tables: {folder}")


def measure(study: Study) -> dict[str, pd.DataFrame]:
    """The corpora with their features, in classes of the same names."""
    names = tuple(f"{spec}={name}" for name, spec in study.all_corpora.items())
    options = Options(features=study.features, cache_dir=FLAGS.cache_dir, name=names)
    *sources, target = study.all_corpora.values()
    loaded = loading.load_corpora(sources, target, options)
    given = {"feature_set": study.features, "cache_dir": FLAGS.cache_dir, "jobs": FLAGS.jobs}
    return dict(zip(study.all_corpora, loading.measure_corpora(loaded, **given), strict=True))


def make_problem(study: Study, source: pd.DataFrame, target: pd.DataFrame) -> problem.Problem:
    """A pair of corpora as the study tests it."""
    return problem.make_problem(
        source,
        target,
        seed=study.seed,
        trials=max(study.search.trials, study.report.trials),
        folds=study.folds,
        largest=jobs.largest_per_class(study, target["class"].nunique()),
    )


def keep_record(
    folder: Path,
    study: Study,
    corpora: Mapping[str, pd.DataFrame],
    settings_of: Mapping[str, list[dict]],
) -> None:
    """Writes what rows depend on to run.json; corpora, scalings, methods and settings may be added.

    Raises:
        InputError: the directory holds rows of other corpora, options or code.
    """
    now = {name: getattr(study, name) for name in ("features", "folds", "seed")}
    now |= {f"corpus {name}": describe(corpus) for name, corpus in corpora.items()}
    now |= {f"scaling {name}": options for name, options in study.scalings.items()}
    now |= {
        f"{name} by default": str(v)
        for name, v in option_values(make_config(**study.defaults), study.methods).items()
    }
    now |= {
        f"{method} {number}": options
        for method, settings in settings_of.items()
        for number, options in enumerate(settings)
    }
    earlier = record.find_record(folder)
    known = earlier.settings if earlier else now
    both = {name: value for name, value in now.items() if name in known}
    record.check_settings(folder, earlier, both, part=True)
    sources = {name: value for name, value in method_sources().items() if name in study.methods}
    record.check_method_sources(folder, earlier, sources, sources)
    grid = {
        "methods": study.methods,
        "settings": study.settings,
        **{s: dataclasses.asdict(getattr(study, s)) for s in ("search", "report", "validation")},
    }
    new = record.Record({**known, **now}, grid, method_sources=sources)
    record.update_record(folder, earlier, new)


@contextlib.contextmanager
def hire(do: Callable, problem: problem.Problem) -> Iterator[workers.Workers]:
    """The workers that the flags ask for, which ``do`` jobs of a problem."""
    if FLAGS.scheduler:
        with cluster.connect(FLAGS.scheduler, problem, do) as found:
            yield found
    else:
        yield workers.LocalWorkers(FLAGS.jobs, problem, do)


def render(costs: pd.DataFrame, count: int) -> str:
    """What is left to do, and where its time goes."""
    whole = costs["hours"].sum()
    lines = [
        f"left: {costs['networks'].sum():,} networks, {whole:.1f} hours of one worker, "
        f"{whole / count:.1f} of {count}"
    ]
    for key in ("stage", "source", "method"):
        by = costs.groupby(key)[["networks", "hours"]].sum().sort_values("hours", ascending=False)
        lines += ["", f"{key:<20}{'networks':>12}{'hours':>8}"]
        lines += [f"{row.Index:<20}{row.networks:>12,}{row.hours:>8.2f}" for row in by.itertuples()]
    return "\n".join(lines)


if __name__ == "__main__":
    program.start(main)
