r"""Which recordings to label: UA against the number of labels, by how these are chosen.

    python -m experiments.suggestions --source=nemo:DIR --target=emodb:DIR --output_dir=runs/suggest

In each draw one half of the target is a pool, the other one tests. From the same few random labels
each strategy of cada-adapt --suggest asks for more, from the network that the labels so far make.
The test half takes part in nothing else. The output directory holds draws.csv, a row a draw,
strategy and number of labels, and summary.txt. The same command goes on after an interruption.
"""

from __future__ import annotations

import logging
from pathlib import Path

from absl import flags

from cada_tf.adaptation.strategy import Strategy
from cada_tf.apps import paths, program, settings
from cada_tf.config import Config, Scaling
from cada_tf.errors import InputError
from cada_tf.errors import suggestion as did_you_mean
from cada_tf.folders import make_folder
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import cross_validation, label_growth
    from cada_tf.corpora import several
    from cada_tf.protocol import loading, problem
    from cada_tf.runs import record
    from figures import suggestions

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Draws"):
    flags.DEFINE_integer("draws", 20, "Draws of a pool and of its first labels.", lower_bound=1)
    flags.DEFINE_list("sizes", "4,8,12,20,28,40", "Numbers of labels; the first are random.")
    flags.DEFINE_list(
        "strategies",
        list(map(str, Strategy)),
        f"How labels are chosen; {Strategy.RANDOM} is what the others are compared with.",
    )
    flags.DEFINE_enum(
        "method",
        "cada",
        [name for name, method in METHODS.items() if method.makes_network],
        "What is trained on the labels.",
    )
    flags.DEFINE_integer(
        "seed", 0, "The number that draws and training are drawn from.", lower_bound=0
    )
settings.define_corpus_flags()
settings.define_option_flags()

MOST_LABELS = 10_000

log = logging.getLogger("cada_tf")


def main() -> None:
    """Simulates what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    config, sizes, strategies = chosen_config(), chosen_sizes(), chosen_strategies()
    corpora = loading.load_corpora(FLAGS.source, FLAGS.target, settings.corpus_options())
    check_sizes(corpora[-1], sizes)
    *sources, target = loading.measure_corpora(corpora, **settings.feature_options())
    whole = problem.make_problem(several.join_corpora(sources), target, seed=FLAGS.seed)
    path = prepared(whole, config, sizes, strategies) / "draws.csv"
    table = pd.read_csv(path) if path.exists() else pd.DataFrame({"draw": []})
    for draw in range(FLAGS.draws):
        if draw in set(table["draw"]):
            continue
        rows = label_growth.grow(whole, config, FLAGS.method, strategies, sizes, [draw])
        new = pd.DataFrame([named(whole) | row for row in rows])
        table = pd.concat([table, new]) if len(table) else new
        write_atomically(path, table.to_csv(index=False))
        log.info("draw %d of %d", draw + 1, FLAGS.draws)
    text = suggestions.render(table)
    write_atomically(path.with_name("summary.txt"), text + "\n")
    print(f"\n{text}\n\ntable: {path}")


def chosen_config() -> Config:
    """The configuration that the flags ask for.

    Raises:
        InputError: its scaling would see the test half.
    """
    config = settings.chosen_config()
    if config.scaling.transductive:
        usable = [str(choice) for choice in Scaling if not choice.transductive]
        raise InputError(
            f"--scaling: expected one of {', '.join(usable)}, which do not see what is tested; "
            f"found {config.scaling}."
        )
    return config


def chosen_sizes() -> list[int]:
    """The numbers of labels that the flags ask for."""
    return sorted(set(settings.whole_numbers("sizes", MOST_LABELS)))


def chosen_strategies() -> list[Strategy]:
    """The strategies that the flags ask for, with ``RANDOM``, in the order in which they stand.

    Raises:
        InputError: there is no such strategy.
    """
    words, known = [word.strip() for word in FLAGS.strategies], list(map(str, Strategy))
    for word in words:
        if word not in known:
            raise InputError(
                f"expected any of {', '.join(known)}; found {word!r}.{did_you_mean(word, known)}",
                option="strategies",
            )
    return [one for one in Strategy if one is Strategy.RANDOM or str(one) in words]


def check_sizes(target: pd.DataFrame, sizes: list[int]) -> None:
    """Refuses fewer labels than classes, and more than the pool has."""
    classes, most = target["class"].nunique(), len(target) // 2
    if sizes[0] < classes or sizes[-1] > most:
        raise InputError(
            f"--sizes: expected {classes} to {most} labels, as {target.attrs['name']} has "
            f"{classes} classes and half of its {len(target)} utterances are the pool; found "
            f"{', '.join(map(str, sizes))}."
        )


def named(whole: problem.Problem) -> dict:
    """The columns that all rows share."""
    return {"source": whole.source.name, "target": whole.target.name, "method": FLAGS.method}


def prepared(
    whole: problem.Problem, config: Config, sizes: list[int], strategies: list[Strategy]
) -> Path:
    """The output directory, with its run.json.

    Raises:
        InputError: it holds results of other settings.
    """
    folder = make_folder(FLAGS.output_dir, "output_dir")
    now = named(whole) | {"sizes": sizes, "seed": FLAGS.seed}
    now["strategies"] = list(map(str, strategies))
    # It changes with any number in the corpora, and with any option.
    now["problem"] = cross_validation.problem_fingerprint(whole, config)
    record.check_settings(folder, record.find_record(folder), now)
    record.Record(now, {"draws": FLAGS.draws}).write(folder)
    return folder


if __name__ == "__main__":
    program.start(main)
