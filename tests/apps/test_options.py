"""Options in messages are flags where a program runs that has them."""

import contextlib
import io
import logging

import pytest
from absl import flags

from cada_tf.apps import options, program
from cada_tf.errors import InputError

OWN = "jobs", "scaling", "skip_bad_files"


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("Use fewer `jobs`.", "Use fewer --jobs."),
        ("`scaling`: expected", "--scaling: expected"),
        ("Use `scaling=corpus`, not `scaling=`.", "Use --scaling=corpus, not --scaling=."),
        ("`scaling=two words`", "--scaling=two words"),
        ("leave it out with `skip_bad_files`.", "leave it out with --skip_bad_files."),
        ("`folds=5` and `Adapter`", "`folds=5` and `Adapter`"),
        ("``jobs`` as code, `jobs.cada` and `jobs", "``jobs`` as code, `jobs.cada` and `jobs"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_options_are_written_as_flags(monkeypatch, message, written):
    monkeypatch.setattr(options, "own_flags", lambda: OWN)
    assert options.as_flags(message) == written


def test_an_error_carries_its_option():
    error = InputError("expected a number.", option="jobs")
    assert (str(error), error.option) == ("`jobs`: expected a number.", "jobs")
    assert InputError("a.wav: expected a recording.").option is None


def written_by_a_program(names):
    """Exit status and standard error of one that has these flags."""

    def main():
        program.set_up_logging(0)
        logging.getLogger("cada_tf").warning("use %s or %s", "`jobs=2`", "`folds=2`")
        raise InputError("expected a number.", option="jobs")

    options.own_flags = lambda: names
    flags.FLAGS(["run"])
    with contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            program.guarded(main)
        except SystemExit as end:
            return end.code, err.getvalue()


def test_errors_and_log_lines_of_a_program(pool):
    status, err = pool.apply(written_by_a_program, (OWN,))
    assert (status, err) == (2, "use --jobs=2 or `folds=2`\nerror: --jobs: expected a number.\n")
