r"""One HTML page of a run, or of a model that cada-adapt made, to be read, mailed or printed.

    python -m figures.report --results=runs/mine --output=report.html
    python -m figures.report --model=my_model --output=report.html

The page of a run has its table beside the paper's numbers, the leads of one system over the others
with their intervals, all pictures that the files of the run allow, its corpora and its settings,
and the command that makes it again. The page of a model has what the model's card says: how good
it may be, what that means, what it was made of, and how to use it. A page is one file, which loads
nothing and runs no script.
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from cada_tf.apps import paths, program
from cada_tf.errors import InputError
from cada_tf.lazy import lazy_imports
from figures import command, tables

with lazy_imports():
    from figures.report import model, page, results, run

FLAGS = flags.FLAGS


def main() -> None:
    """Writes the page."""
    check_one()
    output = command.given_output()
    if FLAGS.model:
        made = model.make_page(Path(FLAGS.model), output.name)
    else:
        given = results.read_run(Path(FLAGS.results), FLAGS.compare)
        if not FLAGS["compare"].using_default_value:
            tables.check_compared(given.table, FLAGS.compare)
        made = run.make_page(given, output.name)
    command.write_or_print(page.render(made), output, "page")


def check_one() -> None:
    """Refuses both kinds of page at once, and none.

    Raises:
        InputError: neither a run nor a model is named, or both are.
    """
    if bool(FLAGS.results) == bool(FLAGS.model):
        raise InputError(
            f"--results, --model: expected one of them, found "
            f"{'both' if FLAGS.model else 'neither'}. Name a run's directory, or a model."
        )


if __name__ == "__main__":
    with program.group("Input and output"):
        paths.define_path("results", "PATH: a run's directory, or its results.csv.")
        paths.define_path("model", "MODEL: a model that cada-adapt wrote, with or without .keras.")
        paths.define_path("output", "FILE: the page to write.", required=True)
    with program.group("What is shown"):
        flags.DEFINE_string(
            "compare", "cada", "METHOD: what a run's page compares with its rivals."
        )
    program.start(main)
