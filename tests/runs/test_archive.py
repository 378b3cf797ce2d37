"""Histories of training, and what a run keeps beside its rows."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from helpers import make_table
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.config import StopOn
from cada_tf.errors import InputError
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import METHODS, make_cells, make_config
from cada_tf.models.unweighted_accuracy import count_hits
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import decode
from cada_tf.protocol.problem import Split, make_problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.cell_record import MISSING, CellRecord, Outcome
from cada_tf.training.cells import train_cells
from cada_tf.training.fitted import Fitted, HeldOut
from cada_tf.training.history import histories, join

QUICK = make_config(
    max_epochs=3, hidden=(8,), fada_epochs=4, fada_discriminator_epochs=2, fine_tune_steps=2
)


@pytest.fixture(scope="module")
def problem():
    source, target = make_table((60, 40), seed=1), make_table((40, 30), shift=0.7, seed=2)
    return make_problem(source, target, trials=2, folds=2, largest=12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_hits_give_the_ua_of_the_examples(pairs):
    truth, guess = np.array(pairs).T
    hits, seen = count_hits(tf.constant(truth[None, None]), tf.constant(guess[None, None]), 2)
    losses = np.zeros((1, 1, 1), np.float32)
    (history,) = histories(["loss"], losses, hits.numpy(), seen.numpy(), epochs=1)
    expected = unweighted_accuracy(decode(truth, 2), decode(guess, 2), 2)
    assert history["ua"] == pytest.approx([expected])


def test_histories_by_hand():
    losses = np.array([[1, np.nan], [3, np.nan], [5, np.nan], [7, np.nan]], np.float32)[..., None]
    none = np.zeros((4, 1, 2), np.float32)
    (history,) = histories(["loss", "adversarial_loss"], losses, none, none, epochs=2)
    assert {name: list(values) for name, values in history.items()} == {"loss": [2, 6]}
    joined = join([{"discriminator_loss": np.array([0.5])}, history])
    np.testing.assert_array_equal(joined["loss"], np.array([np.nan, 2, 6], np.float32))
    np.testing.assert_array_equal(joined["discriminator_loss"], [0.5, np.nan, np.nan])


def test_a_history_says_how_each_method_trained(problem):
    """Names and lengths; the held-out UA is the one that early stopping went by."""
    cells, expected = make_cells(METHODS, [24], 2, QUICK), {"loss", "ua", "val_loss", "val_ua"}
    names = {"fine-tune": {"loss", "ua"}, "fada": {"loss", "discriminator_loss"}}
    names |= {m: expected | {"adversarial_loss"} for m in ("cada", "cada-eq2", "cada-warm")}
    for cell, fitted in train_cells(problem, QUICK, [problem.split(0, 0)], cells):
        history = fitted[0].history
        assert set(history) == names.get(cell.method, expected), cell
        length = {"fine-tune": 1, "fada": 6}.get(cell.method, 3)
        assert {len(values) for values in history.values()} == {length}, cell
        for name, values in history.items():
            assert values.dtype == np.float32
            assert np.nanmin(values) >= 0
            assert "ua" not in name or np.nanmax(values) <= 1
        if "val_ua" in history:
            assert history["val_ua"][fitted[0].epoch - 1] == history["val_ua"].max()


def test_the_loss_of_a_history_is_that_of_the_mini_batches(problem):
    """A network that learns nothing has the loss of its first weights in each epoch."""
    still = make_config(
        QUICK, learning_rate=0.0, adversarial_rate=0.0, input_noise=0.0, stop_on=StopOn.NONE
    )
    for _, fitted in train_cells(problem, still, [problem.split(0, 0)], [Cell("cada", 24)]):
        history = fitted[0].history
        assert np.ptp(history["val_loss"]) == 0
        assert history["loss"] == pytest.approx([history["val_loss"][0]] * 3, rel=0.2)


def outcome(trial, fold, test, y_pred, epochs):
    fitted = Fitted(
        weights=[np.full((2, 3), fold, np.float32)],
        epoch=1,
        y_pred=np.array(y_pred),
        test_logits=np.array(y_pred, np.float32)[:, None] * [-1, 1],
        history={"loss": np.arange(epochs, dtype=np.float32)},
        source_held_out=HeldOut(np.zeros((3, 5)), np.zeros(3)),
        scale=None,
    ).archived(first=trial == 0)
    return Outcome(Cell("cada", 2), Split(trial, fold, None, np.array(test)), fitted, 0.5)


def test_a_record_grows_in_any_order():
    outcomes = [outcome(1, 0, [0, 2], [1, 1], 4), outcome(0, 1, [0, 1], [0, 1], 2)]
    outcomes.append(outcome(0, 0, [2, 3], [1, 0], 3))
    records = []
    for order in (outcomes, outcomes[::-1]):
        record = CellRecord.empty(folds=2, utterances=4)
        for one in order:
            record.add(one)
        records.append(record)
        np.testing.assert_array_equal(record.y_pred, [[0, 1, 1, 0], [1, MISSING, 1, MISSING]])
        np.testing.assert_array_equal(record.done, [[True, True], [True, False]])
        np.testing.assert_array_equal(record.history["loss"][0, 0], [0, 1, 2, np.nan])
        np.testing.assert_array_equal(record.weights[0][:, 0, 0], [0, 1])
        np.testing.assert_array_equal(record.logits[:, 1], record.y_pred[0])
    assert records[0].to_bytes() == records[1].to_bytes()


def test_what_was_kept_is_read_again(problem, tmp_path):
    archive = Archive(tmp_path)
    archive.add(problem, [outcome(0, 0, [0, 1], [1, 0], 3)])
    again = Archive(tmp_path)  # as after an interruption
    again.add(problem, [outcome(0, 1, [2, 3], [0, 0], 2)])
    record = Archive(tmp_path).load(Cell("cada", 2))
    assert record.y_pred[0, :5].tolist() == [1, 0, 0, 0, MISSING]
    assert record.done.tolist() == [[True, True]]
    np.testing.assert_array_equal(record.logits[:5, 1], [1, 0, 0, 0, np.nan])
    with pytest.raises(InputError, match="found nothing"):
        again.load(Cell("fada", 2))
    again.path(Cell("cada", 2)).write_bytes(b"PK torn")
    with pytest.raises(InputError, match="found something else"):
        again.load(Cell("cada", 2))


def test_corpora_are_kept_without_the_folders_above_them(tmp_path):
    corpus = make_table()
    expected = corpus.copy()
    corpus.index = pd.Index([f"/far/away/{i % 2}/{f}" for i, f in enumerate(corpus.index)])
    corpus.index.name = "file"
    Archive(tmp_path).keep(corpus, expected)
    (tmp_path / "run.json").write_text(
        '{"settings": {"source": "a (50 utterances, 0)", "target": "b"}, "grid": {"trials": 1}}'
    )
    kept = Archive(tmp_path).corpus("source")
    assert kept.attrs["name"] == "a"
    assert sorted(kept.index)[0] == "0/0_000.wav"
    pd.testing.assert_frame_equal(Archive(tmp_path).corpus("target"), expected, check_names=False)
    with pytest.raises(InputError, match="expected the source of a run, found nothing"):
        Archive(tmp_path / "elsewhere").corpus("source")
