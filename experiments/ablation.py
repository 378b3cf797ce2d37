r"""What each option is worth: one varied at a time, on a source and a target corpus.

    python -m experiments.ablation --flagfile=experiments/recommended.flags \
        --source=nemo:DIR --target=emodb:DIR --output_dir=runs/ablation

Around the flags given, each of --vary is changed alone. Only the systems that an option touches
are trained anew. The output directory holds a run for each value, below it ablation.csv,
ablation.txt, ablation.png and ablation.pdf. The same command goes on after an interruption.
"""

from __future__ import annotations

import dataclasses
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

    from figures import ablation

FLAGS = flags.FLAGS

VARIANTS = {name: option.tried for name, option in all_options().items() if option.tried}
VARIANTS["sampling_rate"] = (16000, 0)
"""The values that are tried of each option; that of the flags is left out."""

with program.group("Grid"):
    flags.DEFINE_list(
        "vary",
        list(VARIANTS),
        "Options to vary: NAME for the values usually tried, or NAME=VALUE for one.",
    )


@dataclasses.dataclass(frozen=True)
class Variant:
    """The flags' options with one of them changed; the base if none is."""

    name: str
    value: object

    @property
    def folder(self) -> str:
        return f"{self.name}={self.value}" if self.name else "base"

    @property
    def changed(self) -> dict:
        """The flag that it changes, if that is no option of training."""
        return {self.name: self.value} if self.name == "sampling_rate" else {}

    def config(self, base: Config) -> Config:
        if not self.name or self.changed:
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
    corpora = run.load()
    measured, tables = run.measure(corpora), {}
    for place, (variant, plan) in enumerate(zip(chosen, plans, strict=True)):
        run.log.info("%d of %d: %s", place + 1, len(chosen), variant.folder)
        pair = measured
        if variant.changed:
            pair = run.measure(corpora, **variant.changed)
        results = run.compute(plan, variant.config(base), *pair)
        results.close()
        table = runs.read_results(results.path)
        if variant.name:  # what it does not touch is as in the base
            rest = tables["", ""]
            table = pd.concat([table, rest[~rest["method"].isin(plan.methods)]])
        tables[variant.name, str(variant.value)] = table
    summary = ablation.summarise_variants(tables, FLAGS.folds)
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
        now = FLAGS.sampling_rate if name == "sampling_rate" else values[name]
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
