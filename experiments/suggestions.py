r"""Which recordings to label: UA against the number of labels, by how these are chosen.

    python -m experiments.suggestions --source=nemo:DIR --target=emodb:DIR --output_dir=runs/suggest

In each draw one half of the target is a pool, the other one tests. From the same few random labels
each strategy of cada-adapt --suggest asks for more, from the network that the labels so far make.
The test half takes part in nothing else. The output directory holds draws.csv, a row a draw,
strategy and number of labels, and summary.txt. The same command goes on after an interruption.
"""

from __future__ import annotations

import logging

from absl import flags

from cada_tf.adaptation.strategy import Strategy
from cada_tf.apps import program, settings
from cada_tf.config import Config, Scaling
from cada_tf.errors import InputError
from cada_tf.errors import suggestion as did_you_mean
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS, makes_network
from cada_tf.startup import limit_threads
from cada_tf.storage import write_atomically
from experiments import simulation

with lazy_imports():
    import pandas as pd

    from cada_tf.adaptation import label_growth
    from figures import suggestions

FLAGS = flags.FLAGS
with program.group("Draws"):
    flags.DEFINE_list("sizes", "4,8,12,20,28,40", "Numbers of labels; the first are random.")
    flags.DEFINE_list(
        "strategies",
        list(map(str, Strategy)),
        f"How labels are chosen; {Strategy.RANDOM} is what the others are compared with.",
    )
    flags.DEFINE_enum(
        "method",
        "cada",
        [name for name in METHODS if makes_network(name)],
        "What is trained on the labels.",
    )
settings.define_corpus_flags()
settings.define_option_flags()

MOST_LABELS = 10_000

log = logging.getLogger("cada_tf")


def main() -> None:
    """Simulates what is not done, then summarises."""
    limit_threads()  # as in the workers, so that results are the same on any machine
    config, sizes, strategies = chosen_config(), chosen_sizes(), chosen_strategies()
    whole = simulation.read_problem(lambda target: check_sizes(target, sizes))
    given = {"method": FLAGS.method, "sizes": sizes, "strategies": list(map(str, strategies))}
    path = simulation.output_folder(whole, config, given) / "draws.csv"
    names = simulation.corpus_names(whole) | {"method": FLAGS.method}
    table = simulation.read_table(path)
    for draw in range(FLAGS.draws):
        if draw in set(table["draw"]):
            continue
        rows = label_growth.grow(whole, config, FLAGS.method, strategies, sizes, [draw])
        table = simulation.add_rows(path, table, [names | row for row in rows])
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


if __name__ == "__main__":
    program.start(main)
