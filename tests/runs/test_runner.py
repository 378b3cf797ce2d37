"""The grid: the same rows however it is divided or interrupted; what each method may see."""

import contextlib
import dataclasses
import itertools
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers import make_set, put_in_place

from cada_tf.config import Batches, ClassBalance, ExamplesAre, Scaling, StopOn
from cada_tf.errors import InputError
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import METHODS, Target, all_options, make_cells, make_config
from cada_tf.methods.cada import AdamState
from cada_tf.methods.fine_tune import FineTuneLayers
from cada_tf.models import MLP
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs import results, runner, workers
from cada_tf.runs.archive import Archive
from cada_tf.runs.cell_record import CellRecord
from cada_tf.runs.results import Results, read_results
from cada_tf.runs.runner import run
from cada_tf.training import cells as training
from cada_tf.training.stack import make_stack

QUICK = make_config(
    max_epochs=3,
    patience=2,
    fine_tune_steps=4,
    fine_tune_steps_per_label=0,
    input_noise=0.4,
    hidden=(8,),
    fada_gamma=5.0,
    fada_discriminator_epochs=3,
    fada_epochs=40,
    fada_discriminator=(8,),
)
COLUMNS = {"source": "a", "target": "b", "transductive": False}
KINDS = "cada-semi", "fine-tune+cada", "all-source+prior", "svm-pooled", "kmm"
"""One method of each kind that the paper has none of."""
SOME = [name for name, m in METHODS.items() if m.in_paper or name in KINDS]
TRAINED = METHODS if os.environ.get("CADA_EXHAUSTIVE") else SOME


def run_grid(
    problem, folder, config=QUICK, sizes=(2, 24), methods=TRAINED, **arguments
) -> pd.DataFrame:
    cells = make_cells(methods, sizes, len(problem.classes), config)
    held = Results(folder, {}, {}, COLUMNS, METHODS)
    run(problem, config, cells, held, **arguments)
    held.close()
    return read_results(folder / "results.csv")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    source, target = make_set((120, 80), seed=1), make_set((40, 30), shift=0.7, seed=2)
    problem = Problem(source, target, ("negative", "positive"), seed=3, trials=2, folds=2)
    folder = tmp_path_factory.mktemp("reference")
    return problem, run_grid(problem, folder, jobs=1, stack_size=2), folder


def test_one_row_per_cell_trial_and_fold(reference):
    _, table, _ = reference
    few = [name for name in TRAINED if METHODS[name].target is Target.EXAMPLES]
    sized = [name for name in few if METHODS[name].fewest_per_class <= 1]
    assert set(few) - {*sized} == {"label-target"}
    alone = [name for name in TRAINED if name not in few]
    expected = {
        *((m, n, t, f) for m in sized for n in (2, 24) for t in (0, 1) for f in (0, 1)),
        *(("label-target", 24, t, f) for t in (0, 1) for f in (0, 1)),
        *((m, None, t, f) for m in alone for t in (0, 1) for f in (0, 1)),
    }
    rows = table[results.KEY].astype(object).where(table[results.KEY].notna(), None)
    assert set(rows.itertuples(index=False, name=None)) == expected
    assert len(table) == len(expected)
    recall = table[["recall_negative", "recall_positive"]].mean(axis=1)
    np.testing.assert_allclose(table["ua"], recall)
    networks = table["method"].map(lambda name: METHODS[name].network is not None)
    assert table["epochs"][networks].between(1, 40).all()
    assert (table["epochs"][~networks] == 0).all()


@pytest.mark.parametrize("arguments", [{"jobs": 1, "stack_size": 3}, {"jobs": 2, "stack_size": 1}])
def test_results_do_not_depend_on_stacks_and_workers(reference, tmp_path, arguments):
    problem, _, folder = reference
    run_grid(problem, tmp_path, **arguments)
    assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()


def test_an_interrupted_run_does_what_is_missing_and_ends_the_same(
    reference, tmp_path, monkeypatch
):
    problem, _, folder = reference
    add, count = Results.add, []

    def dies(self, rows):
        add(self, rows)
        count.append(len(rows))
        if len(count) == 3:
            self.close()
            raise KeyboardInterrupt

    monkeypatch.setattr(Results, "add", dies)
    with pytest.raises(KeyboardInterrupt):
        run_grid(problem, tmp_path, jobs=1, stack_size=2)
    before = read_results(tmp_path / "results.csv")
    assert len(before) == sum(count)
    added = []
    monkeypatch.setattr(Results, "add", lambda self, rows: added.extend(rows) or add(self, rows))
    run_grid(problem, tmp_path, jobs=1, stack_size=1)
    assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()
    assert len(added) == len(read_results(folder / "results.csv")) - len(before)
    # A third time there is nothing to do.
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("nothing was missing"))
    run_grid(problem, tmp_path, jobs=1)


@pytest.mark.parametrize(("losses", "ends"), [((0,), True), ((0, 2, 2), True), ((0, 0), False)])
def test_two_losses_in_a_row_before_anything_is_done_end_a_run(
    reference, tmp_path, monkeypatch, losses, ends
):
    """Each loss comes when so many units have been finished."""
    left = list(losses)
    outcomes = runner.LocalWorkers.outcomes

    def lossy(self, units):
        if not left:
            return outcomes(self, units)
        finished = left.pop(0)
        return itertools.chain(outcomes(self, units[:finished]) if finished else (), lost())

    def lost():
        raise workers.WorkerLostError
        yield

    monkeypatch.setattr(runner.LocalWorkers, "outcomes", lossy)
    problem, _, folder = reference
    if ends:
        run_grid(problem, tmp_path, jobs=1, stack_size=1)
        assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()
    else:
        with pytest.raises(InputError, match="and another before it had finished anything"):
            run_grid(problem, tmp_path, jobs=1, stack_size=1)


def same_records(first, second, cells, problem):
    """Whether two archives hold the same of these cells, but for the seconds."""
    for cell in cells:
        one, other = (archive.load(cell, problem) for archive in (first, second))
        assert one.done.all()
        one.seconds[:] = other.seconds[:] = 0
        assert one.to_bytes() == other.to_bytes(), cell


@pytest.fixture(scope="module")
def archived(reference, tmp_path_factory):
    """A run of a few cells with its archive."""
    problem, folder = reference[0], tmp_path_factory.mktemp("archived")
    cells = [Cell("all-source", None), Cell("fine-tune", 2), Cell("cada", 2)]
    run_cells(problem, folder, cells)
    return problem, folder, cells


def run_cells(problem, folder, cells):
    with contextlib.closing(Results(folder, {}, {}, COLUMNS, METHODS)) as held:
        run(problem, QUICK, cells, held, archive=Archive(folder), jobs=1, stack_size=2)


@pytest.mark.parametrize("kind", ["torn", "another run's", "fifo"])
def test_a_damaged_record_is_trained_anew(archived, tmp_path, monkeypatch, caplog, kind):
    problem, folder, cells = archived
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = Archive(tmp_path).path(Cell("fine-tune", 2))
    if kind == "fifo":
        put_in_place(path, "fifo")
    elif kind == "torn":
        path.write_bytes(path.read_bytes()[:1000])
    else:
        path.write_bytes(CellRecord.empty(2, 71).to_bytes())
    trained, make_row = [], runner.make_row
    monkeypatch.setattr(runner, "make_row", lambda *a: trained.append(a[1].cell) or make_row(*a))
    run_cells(problem, tmp_path, cells)
    assert trained == [Cell("fine-tune", 2)] * 4
    assert [str(path) in record.message for record in caplog.records].count(True) == 1
    assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()
    same_records(Archive(folder), Archive(tmp_path), cells, problem)
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("nothing was missing"))
    run_cells(problem, tmp_path, cells)


def test_an_interrupted_repair_goes_on(archived, tmp_path, monkeypatch):
    """Then the file is sound again, and still lacks networks that have rows."""
    problem, folder, cells = archived
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    Archive(tmp_path).path(Cell("cada", 2)).write_bytes(b"")
    with monkeypatch.context() as patch:
        patch.setattr(Results, "add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_cells(problem, tmp_path, cells)
    assert Archive(tmp_path).load(Cell("cada", 2), problem).done.sum() == 2
    run_cells(problem, tmp_path, cells)
    assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()
    same_records(Archive(folder), Archive(tmp_path), cells, problem)


def test_nothing_is_trained_for_records_that_were_never_kept(archived, tmp_path, monkeypatch):
    problem, folder, cells = archived
    shutil.copy(folder / "results.csv", tmp_path)
    shutil.copy(folder / "run.json", tmp_path)
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("nothing was missing"))
    run_cells(problem, tmp_path, cells)


def test_a_directory_in_the_place_of_a_record_is_told_before_training(archived, tmp_path):
    problem, folder, cells = archived
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    put_in_place(Archive(tmp_path).path(Cell("cada", 2)), "directory")
    with pytest.raises(InputError, match=r"cada-2.npz: expected a file, found a directory. Move"):
        run_cells(problem, tmp_path, cells)


def test_the_seed_and_every_option_change_results(reference, tmp_path):
    problem, table, _ = reference
    problem = dataclasses.replace(problem, trials=1)
    changed = {
        "seed": (dataclasses.replace(problem, seed=4), QUICK),
        "examples_are": ExamplesAre.PER_CLASS,
        "scaling": Scaling.CORPUS,
        "batches": Batches.UNIFORM,
        "class_balance": ClassBalance.WEIGHTS,
        "stop_on": StopOn.NONE,
        "held_out": 0.3,
        "max_epochs": 1,
        "batch_size": 16,
        "learning_rate": 0.01,
        "adversarial_rate": 0.01,
        "adversarial_steps": 3,
        "adam_state": AdamState.SHARED,
        "input_noise": 0.7,
        "hidden": (4, 4),
        "fine_tune_layers": FineTuneLayers.PREDICTOR,
        "fine_tune_rate": 0.01,
        "fine_tune_steps": 60,
        "fine_tune_steps_per_label": 2.0,
        "fada_gamma": 0.2,
        "fada_pairs": 9,
        "fada_discriminator_epochs": 40,
        "fada_epochs": 9,
        "fada_refreshes": 9,
        "fada_discriminator": (4,),
    }
    # So long and so unsteadily that the last epoch is not always the best one.
    long = make_config(QUICK, max_epochs=12, learning_rate=0.03, input_noise=1.0)
    long_table = run_grid(problem, tmp_path / "long", long, (24,), jobs=1, stack_size=4)

    def differ(base, name, problem, config, methods, sizes=(24,)):
        other = run_grid(problem, tmp_path / name, config, sizes, methods, jobs=1, stack_size=4)
        merged = base.merge(other, on=results.KEY)
        return (merged["ua_x"] != merged["ua_y"]).any()

    together = {}
    """By the methods that options name, their values."""
    for name, value in changed.items():
        base, config = (long_table, long) if name == "stop_on" else (table, QUICK)
        pair = value if name == "seed" else (problem, make_config(config, **{name: value}))
        named = () if name == "seed" else all_options()[name].methods
        if named:
            together.setdefault(tuple(named), {})[name] = value
        sizes = (2,) if name == "examples_are" else (2, 24) if named else (24,)
        own = [method for method in TRAINED if not named or method in named]
        assert differ(base, name, *pair, own, sizes), name
    # They change no method but those that they name, on which experiments.ablation relies.
    for number, (methods, values) in enumerate(together.items()):
        others = [method for method in TRAINED if method not in methods]
        config = make_config(QUICK, **values)
        assert not differ(table, f"others-{number}", problem, config, others), methods


def test_shared_networks_are_trained_once(reference, monkeypatch):
    problem = reference[0]
    trained = []
    train = training.train
    monkeypatch.setattr(
        training, "train", lambda cell, *rest: trained.append(cell) or train(cell, *rest)
    )
    cells = [Cell("fine-tune", 2), Cell("fine-tune", 4), Cell("all-source", None)]
    list(training.train_cells(problem, QUICK, [problem.split(0, 0)], cells))
    assert trained.count(Cell("all-source", None)) == 1
    assert len(trained) == 3


def test_a_learnable_problem_is_learnt(reference):
    """Methods that see target labels beat chance by far; adapted ones beat the shifted source."""
    problem = dataclasses.replace(reference[0], trials=1)
    config = make_config(max_epochs=300, patience=300, hidden=(32,))
    splits = [problem.split(0, fold) for fold in range(2)]
    ua = {}
    for cell in make_cells(("fine-tune", "cada", "all-target"), [24], 2, config):
        ((_, fitted),) = training.train_cells(problem, config, splits, [cell])
        truth = [problem.target.labels[split.test] for split in splits]
        ua[cell.method] = np.mean(
            [unweighted_accuracy(t, f.y_pred, 2) for t, f in zip(truth, fitted, strict=True)]
        )
    assert ua["all-target"] > 0.85
    assert ua["cada"] > 0.85
    assert ua["fine-tune"] > 0.85


def test_stacks_are_made_once():
    stack = make_stack(MLP, 62, 3, (1e-3,), True, hidden=(8,))
    assert stack is make_stack(MLP, 62, 3, (1e-3,), True, hidden=(8,))


def test_modules_of_methods_are_imported_where_a_unit_is_run(reference, monkeypatch):
    imported = []
    monkeypatch.setattr(runner, "load_method_modules", imported.append)
    unit = runner.Unit((), ((0, 0),))
    assert runner.run_unit(reference[0], unit, QUICK) == []
    assert imported == [()]
    assert runner.run_unit(reference[0], unit, QUICK, ("mine", "yours")) == []
    assert imported == [(), ("mine", "yours")]
