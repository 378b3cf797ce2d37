r"""What each reading of the paper is worth: one varied at a time, on a source and a target corpus.

    python -m experiments.ablation --flagfile=experiments/recommended.flags \
        --source=nemo:DIR --target=emodb:DIR --output_dir=runs/ablation

Around the flags given, each of --vary is changed alone. Only the systems that a reading touches
are trained anew. The output directory holds a run for each value, below it ablation.csv,
ablation.txt, ablation.png and ablation.pdf. The same command goes on after an interruption.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from absl import flags

from cada_tf.apps import program, settings
from cada_tf.config import Readings
from cada_tf.errors import InputError, suggestion
from cada_tf.runs.results import read_results
from cada_tf.storage import write_atomically
from experiments import run
from figures import ablation

FLAGS = flags.FLAGS

VARIANTS = {
    "examples_are": ("total", "per-class"),
    "scaling": ("source", "training", "both", "corpus", "speaker"),
    "batches": ("uniform", "half"),
    "class_balance": ("none", "batches", "weights"),
    "stop_on": ("ua", "loss", "none"),
    "stop_set": ("both", "source"),
    "patience": (5, 20, 50),
    "adversarial_rate": (1e-4, 3e-4, 1e-3, 3e-3),
    "adversarial_steps": (1, 2, 5),
    "adam_state": ("separate", "shared"),
    "input_noise": (0.0, 0.1, 0.2, 0.4),
    "fine_tune_layers": ("all", "predictor"),
    "fine_tune_rate": (1e-4, 3e-4, 1e-3, 3e-3),
    "fine_tune_steps": (10, 30, 100, 300),
    "fada_gamma": (0.2, 1.0),
    "fada_refreshes": (0, 1),
    "sampling_rate": (16000, 0),
}
"""The values that are tried of each; that of the flags is left out."""

with program.group("Grid"):
    flags.DEFINE_list(
        "vary",
        list(VARIANTS),
        "Readings to vary: NAME for the values usually tried, or NAME=VALUE for one.",
    )


@dataclasses.dataclass(frozen=True)
class Variant:
    """The flags' readings with one of them changed; the base if none is."""

    name: str
    value: object

    @property
    def folder(self) -> str:
        return f"{self.name}={self.value}" if self.name else "base"

    @property
    def changed(self) -> dict:
        """The flag that it changes, if that is no reading of the package."""
        return {self.name: self.value} if self.name == "sampling_rate" else {}

    def readings(self, base: Readings) -> Readings:
        if not self.name or self.changed:
            return base
        return dataclasses.replace(base, **{self.name: self.value})

    def touches(self, methods: list[str]) -> list[str]:
        """Which of the methods the reading can change the results of."""
        fields = {field.name: field.metadata["methods"] for field in dataclasses.fields(Readings)}
        only = fields.get(self.name)
        return [method for method in methods if not only or method in only]


def main() -> None:
    """Runs all variants, then compares them."""
    base, methods, sizes = settings.chosen_readings(), run.chosen_methods(), run.chosen_sizes()
    folder = Path(FLAGS.output_dir)
    chosen = [variant for variant in variants(base) if variant.touches(methods)]
    plans = [run.Plan(v.touches(methods), sizes, folder / v.folder, v.changed) for v in chosen]
    for variant, plan in zip(chosen, plans, strict=True):
        run.check(plan, variant.readings(base))
    corpora = run.load_corpora()
    measured, tables = run.measure_all(corpora), {}
    for place, (variant, plan) in enumerate(zip(chosen, plans, strict=True)):
        run.log.info("%d of %d: %s", place + 1, len(chosen), variant.folder)
        pair = measured
        if variant.changed:
            pair = run.measure_all(corpora, **variant.changed)
        results = run.compute(plan, variant.readings(base), *pair)
        results.close()
        table = read_results(results.path)
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


def variants(base: Readings) -> Iterator[Variant]:
    """The base, then one for each value of ``--vary`` that is not the base's.

    Raises:
        InputError: a name or a value that there is not.
    """
    yield Variant("", "")
    for word in FLAGS.vary:
        name, given, text = word.strip().partition("=")
        if name not in VARIANTS:
            raise InputError(
                f"--vary: expected any of {', '.join(VARIANTS)}; found {name!r}."
                f"{suggestion(name, VARIANTS)}"
            )
        now = FLAGS.sampling_rate if name == "sampling_rate" else getattr(base, name)
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
