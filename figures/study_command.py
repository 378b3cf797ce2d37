"""What the programs that show a study share: their flags, and the study that these name."""

from __future__ import annotations

from pathlib import Path

from absl import flags

from cada_tf.apps import paths, settings
from cada_tf.errors import InputError, suggestion
from cada_tf.lazy import lazy_imports

with lazy_imports():
    from cada_tf.study import declaration_file
    from cada_tf.study import results as study_results

FLAGS = flags.FLAGS
DECLARATION = Path(__file__).parents[1] / "experiments" / "study.yaml"
"""What the committed study was made by."""


def define_flags() -> None:
    """The flags of both programs."""
    paths.define_path("results", "DIR: the --output_dir of experiments.study.", required=True)
    paths.define_path("declaration", "FILE: the declaration of the study, in YAML.")
    paths.define_path("output", "FILE: the file to write; the standard output if not given.")
    settings.define_method_module_flag()


def check_method(flag: str, name: str, results: study_results.StudyResults) -> None:
    """Refuses the name of a method that the study has no results of.

    Raises:
        InputError: it has none.
    """
    known = results.methods
    if name not in known:
        raise InputError(
            f"expected any of {', '.join(known)}, found {name!r}.{suggestion(name, known)}",
            option=flag,
        )


def given_results(declaration: Path = DECLARATION) -> study_results.StudyResults:
    """The results that the flags name.

    Args:
        declaration: of the study, if the flag names none.

    Raises:
        InputError: there are none, or the declaration is none.
    """
    study = declaration_file.read_study(FLAGS.declaration or declaration)
    return study_results.StudyResults(study, Path(FLAGS.results))
