"""The flags of a grid, and the methods, numbers of examples and splits that they choose."""

from __future__ import annotations

from absl import flags

from cada_tf import runs
from cada_tf.apps import paths, program, settings
from cada_tf.config import MOST_TRIALS, Config, Draw, ExamplesAre, FoldsBy
from cada_tf.errors import InputError, suggestion
from cada_tf.methods import METHODS

FLAGS = flags.FLAGS
with program.group("Input and output"):
    settings.define_source_flag()
    flags.DEFINE_string("target", None, "NAME:PATH: the target corpus, likewise.", required=True)
    paths.define_path("output_dir", "DIR: where the results are and go.", required=True)
with program.group("Methods of your own"):
    settings.define_method_module_flag()
with program.group("Grid"):
    flags.DEFINE_list(
        "methods",
        ",".join(name for name, method in METHODS.items() if not method.related),
        f"Systems to train and test, any of {', '.join(METHODS)}.",
    )
    flags.DEFINE_list(
        "examples",
        "2,4,6,8,10,12",
        "Numbers of labelled target examples. 0 is for methods that need none of them.",
    )
    flags.DEFINE_integer(
        "trials",
        20,
        "Repetitions with new folds and examples.",
        lower_bound=1,
        upper_bound=MOST_TRIALS,
    )
    flags.DEFINE_integer(
        "folds", 5, "Folds of the cross-validation over the target.", lower_bound=2
    )
    flags.DEFINE_enum(
        "folds_by",
        str(FoldsBy.UTTERANCE),
        [str(choice) for choice in FoldsBy],
        "Folds mix the target's speakers, as in the paper (utterance), or keep them apart "
        "(speaker): then a network is tested on speakers that it was not trained on, and its "
        "labelled examples are of others.",
    )
    flags.DEFINE_enum(
        "draw",
        str(Draw.STRATIFIED),
        [str(choice) for choice in Draw],
        "The labelled examples are drawn equally from the classes (stratified), or without regard "
        "to class, but for one of each (random).",
    )
    flags.DEFINE_list(
        "source_shares",
        [],
        "CLASS=NUMBER,…: leave random utterances of the source out, so that its classes have these "
        "shares, such as Aibo-Ohm's negative=3358,positive=6601.",
    )
    flags.DEFINE_integer(
        "seed", 0, "The number that all splits and all training are drawn from.", lower_bound=0
    )
with program.group("Running"):
    flags.DEFINE_integer(
        "stack_size",
        None,
        f"Networks that a process trains side by side, at the most; changes no result. If not "
        f"given, {runs.STACK_SIZE}, or hundreds on a GPU.",
        lower_bound=1,
    )
    flags.DEFINE_string(
        "scheduler", None, "ADDRESS: a Dask scheduler, such as tcp://HOST:8786, for its cluster."
    )
    flags.DEFINE_bool(
        "tensorboard",
        True,
        "Follow the run in TensorBoard: write DIR/tensorboard meanwhile.",
    )
settings.define_corpus_flags()
settings.define_option_flags()


def chosen_methods() -> list[str]:
    """The methods of the flag, in the paper's order.

    Raises:
        InputError: one that there is not.
    """
    names = [name.strip() for name in FLAGS.methods]
    if not names:
        raise InputError(f"--methods: expected any of {', '.join(METHODS)}; found none.")
    for name in names:
        if name not in METHODS:
            raise InputError(
                f"--methods: expected any of {', '.join(METHODS)}; found {name!r}."
                f"{suggestion(name, METHODS)}"
            )
    return [name for name in METHODS if name in names]


def chosen_sizes() -> list[int]:
    """The numbers of examples of the flag, ascending, each once."""
    return sorted(set(settings.whole_numbers("examples", low=0)))


def check_divisible(sizes: list[int], classes: int, config: Config) -> None:
    """Refuses numbers of examples that the classes cannot share equally.

    ``examples`` are those of all C classes together, C of them one a class, unless
    ``examples_are=per-class``: so the numbers of two classes are not silently taken for others.
    """
    odd = [size for size in sizes if size % classes]
    if odd and config.examples_are is ExamplesAre.TOTAL:
        raise InputError(
            f"--examples: expected multiples of {classes}, which the classes share equally; "
            f"found {odd[0]}. Choose such as --examples={classes},{2 * classes},{3 * classes}, or "
            "--examples_are=per-class."
        )


def protocol_settings() -> dict:
    """The arguments of ``protocol.make_problem`` that the flags give."""
    numbers = {name: FLAGS[name].value for name in ("seed", "trials", "folds")}
    return numbers | {"folds_by": FoldsBy(FLAGS.folds_by), "drawn": Draw(FLAGS.draw)}
