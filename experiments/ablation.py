r"""What each option is worth: one varied at a time, on a source and a target corpus.

    python -m experiments.ablation --flagfile=experiments/recommended.flags \
        --source=nemo:DIR --target=emodb:DIR --output_dir=runs/ablation

Around the flags given, each of --vary is changed alone. Only the systems that an option touches
are trained anew. The output directory holds a run for each value, below it ablation.csv,
ablation.txt, ablation.png and ablation.pdf. The same command goes on after an interruption.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from absl import flags

from cada_tf import runs
from cada_tf.apps import program, settings
from cada_tf.config import Config
from cada_tf.errors import InputError, suggestion
from cada_tf.lazy import lazy_imports
from cada_tf.methods import all_options, make_config, option_values
from cada_tf.storage import write_atomically
from experiments import run
from experiments.run_flags import chosen_methods, chosen_sizes

with lazy_imports():
    import pandas as pd

    from cada_tf.audio import feature_registry
    from figures import ablation
    from figures import variants as compared

FLAGS = flags.FLAGS

VARIANTS = {name: option.tried for name, option in all_options().items() if option.tried}
VARIANTS["sampling_rate"] = (16000, 0)
VARIANTS["features"] = ("gemaps", "egemaps", "compare", "speaker")
"""The values that are tried of each option; that of the flags is left out."""

MEASURED = {"sampling_rate": "sampling_rate", "features": "feature_set"}
"""Flags of what is measured of a recording → the argument of ``add_features``."""

with program.group("Grid"):
    flags.DEFINE_list(
        "vary",
        [name for name in VARIANTS if name != "features"],  # which tables of features cannot vary
        "Options to vary: NAME for the values usually tried, or NAME=VALUE for one. Of recordings "
        "features as well.",
    )


@dataclasses.dataclass(frozen=True)
class Variant:
    """The flags' options with one of them changed; the base if none is."""

    name: str
    value: object

    @property
    def folder(self) -> str:
        value = str(self.value).replace(os.sep, "_")
        return f"{self.name}={value}" if self.name else "base"

    @property
    def measured(self) -> dict:
        """The argument of ``add_features`` that it changes, if it is no option of training."""
        return {MEASURED[self.name]: self.value} if self.name in MEASURED else {}

    @property
    def changed(self) -> dict:
        """The flag that it changes for a run's record, which names the features by itself."""
        return {self.name: self.value} if self.name == "sampling_rate" else {}

    def config(self, base: Config) -> Config:
        if not self.name or self.measured:
            return base
        return make_config(base, **{self.name: self.value})

    def touches(self, methods: list[str]) -> list[str]:
        """The methods among these whose results the option can change."""
        option = all_options().get(self.name)
        only = option.methods if option else ()
        return [method for method in methods if not only or method in only]


def main() -> None:
    """Runs all variants, then compares them."""
    base, methods, sizes = settings.chosen_config(), chosen_methods(), chosen_sizes()
    folder = Path(FLAGS.output_dir)
    chosen = [variant for variant in variants(base) if variant.touches(methods)]
    plans = [run.Plan(v.touches(methods), sizes, folder / v.folder, v.changed) for v in chosen]
    for variant, plan in zip(chosen, plans, strict=True):
        run.check(plan, variant.config(base))
        given = {argument: FLAGS[flag].value for flag, argument in MEASURED.items()}
        feature_registry.make_feature_set(**given | variant.measured)
    corpora = run.load()
    measured, tables, answers = run.measure(corpora), {}, {}
    for place, (variant, plan) in enumerate(zip(chosen, plans, strict=True)):
        run.log.info("%d of %d: %s", place + 1, len(chosen), variant.folder)
        pair = measured
        if variant.measured:
            pair = run.measure(corpora, **variant.measured)
        results = run.compute(plan, variant.config(base), *pair)
        results.close()
        table = runs.read_results(results.path)
        if variant.name:  # what it does not touch is as in the base
            rest = tables["", ""]
            table = pd.concat([table, rest[~rest["method"].isin(plan.methods)]])
        key = variant.name, str(variant.value)
        tables[key], answers[key] = table, runs.read_answers(plan.folder, results.table)
    summary = compared.summarise(tables, FLAGS.folds, answers)
    write_atomically(folder / "ablation.csv", summary.to_csv(index=False))
    text = ablation.render(summary)
    write_atomically(folder / "ablation.txt", text + "\n")
    pictures = ablation.draw(summary, folder / "ablation")
    print(f"\n{text}\n")
    print(f"table: {folder / 'ablation.csv'}")
    print(f"figure: {pictures[0]}")


def variants(base: Config) -> Iterator[Variant]:
    """The base, then one for each value of ``--vary`` that is not the base's.

    Raises:
        InputError: a name or a value that there is not.
    """
    yield Variant("", "")
    values = option_values(base)
    for word in FLAGS.vary:
        name, given, text = word.strip().partition("=")
        if name not in VARIANTS:
            raise InputError(
                f"--vary: expected any of {', '.join(VARIANTS)}; found {name!r}."
                f"{suggestion(name, VARIANTS)}"
            )
        now = FLAGS[name].value if name in MEASURED else values[name]
        for value in [text] if given else VARIANTS[name]:
            try:
                value = type(now)(FLAGS[name].parser.parse(str(value)))
            except ValueError as error:
                raise InputError(
                    f"--vary={word}: expected a value of --{name}; {error}."
                ) from error
            if value != now:
                yield Variant(name, value)


if __name__ == "__main__":
    FLAGS.set_default("examples", "2,6,12")
    program.start(main)
