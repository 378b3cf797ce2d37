"""Histories of training, and what a run keeps beside its rows."""

import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from helpers import make_table, put_in_place
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.config import StopOn
from cada_tf.errors import InputError
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import METHODS, make_cells, make_config, sizes_of
from cada_tf.models.unweighted_accuracy import count_hits
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.domain_class import decode
from cada_tf.protocol.problem import Split, make_problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.cell_record import MISSING, CellRecord, Outcome
from cada_tf.runs.record import Record
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
    for cell, fitted in train_cells(problem, QUICK, [problem.split(0, 0)], cells):
        history, method = fitted[0].history, METHODS[cell.method]
        if method.network is None:
            assert history == {}, cell
            continue
        own = method.losses.keys()
        if not method.stops_early:
            names = {"loss", "ua"} if not own else {"loss", *own}
        else:
            names = expected | own
        assert set(history) == names, cell
        phases = method.phases(QUICK, sizes_of(cell, problem, QUICK))
        length = sum(phase.epochs for phase in phases)
        assert {len(values) for values in history.values()} == {length}, cell
        for name, values in history.items():
            assert values.dtype == np.float32
            assert np.nanmin(values) >= 0
            assert "ua" not in name or np.nanmax(values) <= 1
        if "val_ua" in history:
            values = history["val_ua"][-phases[-1].epochs :]
            assert values[fitted[0].epoch - 1] == values.max()


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
        weights=[np.full((62, 2), fold, np.float32), np.full((1, 2), fold, np.float32)],
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
    record = Archive(tmp_path).load(Cell("cada", 2), problem)
    assert record.y_pred[0, :5].tolist() == [1, 0, 0, 0, MISSING]
    assert record.done.tolist() == [[True, True]]
    np.testing.assert_array_equal(record.logits[:5, 1], [1, 0, 0, 0, np.nan])
    with pytest.raises(InputError, match="found nothing"):
        again.load(Cell("fada", 2), problem)


def damaged(content: bytes) -> dict[str, bytes]:
    """Files that are not the record of a cell of ``problem``, made of one that is."""
    arrays = dict(np.load(io.BytesIO(content)))

    def changed(**others) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **{n: v for n, v in (arrays | others).items() if v is not None})
        return stream.getvalue()

    flipped = bytearray(content)
    flipped[content.index(b"NUMPY") + 200] ^= 1
    one, header = io.BytesIO(), io.BytesIO()
    np.save(one, arrays["guess"])
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|i1", "fortran_order": False, "shape": (10**6, 10**6)}
    )
    compressed, absurd, unknown = io.BytesIO(), io.BytesIO(), bytearray(content)
    np.savez_compressed(compressed, **arrays)
    with zipfile.ZipFile(absurd, "w") as file:
        file.writestr("guess.npy", header.getvalue())
    for signature, place in ((b"PK\3\4", 8), (b"PK\1\2", 10)):  # of a member's two headers
        unknown[content.index(signature) + place] = 99
    return {
        **{"empty": b"", "torn": content[:-50], "text": b"PK torn", "flipped": bytes(flipped)},
        **{"bare array": one.getvalue(), "pickle": pickle.dumps(arrays)},
        **{"compressed": compressed.getvalue(), "unknown compression": bytes(unknown)},
        **{"absurd shape": absurd.getvalue(), "objects": changed(seconds=np.array([None]))},
        **{"no predictions": changed(guess=None), "no weights": changed(**{"weights/0": None})},
        "another array": changed(another=np.zeros(2)),
        "scalars": changed(guess=np.int8(1), seconds=np.float64(1)),
        "floats": changed(guess=arrays["guess"].astype(float)),
        "fewer utterances": changed(guess=arrays["guess"][:, 1:]),
        "no networks": changed(guess=arrays["guess"][:0], seconds=arrays["seconds"][:0]),
        "more folds": changed(seconds=np.ones((1, 3))),
        "more trials": changed(seconds=np.ones((2, 2))),
        "a third class": changed(guess=arrays["guess"] + np.int8(1) * 2),
        "below the missing": changed(guess=arrays["guess"] - np.int8(1)),
        "flat history": changed(**{"history/loss": np.zeros(3, np.float32)}),
        "long history": changed(**{"history/loss": np.zeros((2, 2, 3), np.float32)}),
        "other layers": changed(**{"weights/1": np.zeros((2, 1, 3), np.float32)}),
        "other features": changed(**{"weights/0": np.zeros((2, 61, 2), np.float32)}),
        "other logits": changed(logits=np.zeros((70, 3), np.float32)),
    }


DAMAGE = sorted(damaged(CellRecord.empty(2, 70).to_bytes()))


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_record_is_told_in_one_line(problem, tmp_path, damage, caplog):
    archive, cell = Archive(tmp_path), Cell("cada", 2)
    archive.add(problem, [outcome(0, 0, [0, 1], [1, 0], 3)])
    path = archive.path(cell)
    path.write_bytes(damaged(path.read_bytes())[damage])
    again = Archive(tmp_path)
    with pytest.raises(InputError, match=r"cada-2.npz: expected .* found something else") as caught:
        again.load(cell, problem)
    assert "\n" not in str(caught.value)
    assert again.load_or_empty(cell, problem).y_pred.shape == (0, 70)
    assert [str(path) in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("kind", ["directory", "fifo", "device"])
def test_what_is_no_file_is_told_without_waiting_for_it(problem, tmp_path, kind):
    archive, cell = Archive(tmp_path), Cell("cada", 2)
    put_in_place(archive.path(cell), kind)
    with pytest.raises(InputError, match=r"cada-2.npz: expected .* found something else"):
        archive.load(cell, problem)
    Record({"source": "a", "target": "b"}, {}).write(tmp_path)
    put_in_place(tmp_path / "source.parquet", kind)
    with pytest.raises(InputError, match=r"source.parquet: expected .* found something else"):
        archive.corpus("source")


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


def write_kept(folder):
    """A run's corpora, as ``keep`` writes them; returns them."""
    corpora = make_table(seed=1), make_table(seed=2)
    Record({"source": "made1 (50 utterances, 0)", "target": "b"}, {"trials": 1}).write(folder)
    Archive(folder).keep(*corpora)
    return corpora


def frame(table) -> bytes:
    stream = io.BytesIO()
    table.reset_index().to_parquet(stream, index=False)
    return stream.getvalue()


KEPT = {
    "empty": lambda _: b"",
    "torn": lambda table: frame(table)[:-100],
    "text": lambda _: b"PAR1 torn PAR1",
    "no class": lambda table: frame(table.drop(columns="class")),
    "no features": lambda table: frame(table[["speaker", "emotion", "class"]]),
    "no rows": lambda table: frame(table[:0]),
    "no number": lambda table: frame(table.assign(**{table.columns[9]: np.float32("nan")})),
    "no speaker": lambda table: frame(table.assign(speaker=[None] * len(table))),
    "column too many": lambda table: frame(table.assign(note="x")),
}


@pytest.mark.parametrize("damage", KEPT)
def test_a_corpus_that_is_damaged_is_told_in_one_line_and_written_anew(tmp_path, damage, caplog):
    corpora = write_kept(tmp_path)
    path = tmp_path / "source.parquet"
    before = path.read_bytes()
    path.write_bytes(KEPT[damage](corpora[0]))
    with pytest.raises(InputError, match=r"source.parquet: expected .* found something") as caught:
        Archive(tmp_path).corpus("source")
    assert "\n" not in str(caught.value)
    Archive(tmp_path).keep(*corpora)
    assert path.read_bytes() == before
    assert [str(path) in record.message for record in caplog.records] == [True]


def test_a_corpus_of_another_run_is_replaced_and_the_same_is_not(tmp_path, caplog):
    corpora = write_kept(tmp_path)
    paths = tmp_path / "source.parquet", tmp_path / "target.parquet"
    before = [path.stat().st_ino for path in paths]
    Archive(tmp_path).keep(*(corpus[::-1] for corpus in corpora))
    assert [path.stat().st_ino for path in paths] == before
    paths[0].write_bytes(paths[1].read_bytes())
    Archive(tmp_path).keep(*corpora)
    assert Archive(tmp_path).corpus("source").index[0] == "1_000.wav"
    assert "source.parquet: expected the source, found something else" in caplog.text


@pytest.mark.parametrize("settings", [{}, {"source": "a", "target": "b", "seed": "x", "folds": 2}])
def test_a_run_without_a_setting_is_told_in_one_line(tmp_path, settings):
    write_kept(tmp_path)
    Record(settings, {"trials": 1}).write(tmp_path)
    with pytest.raises(InputError, match=r"run.json: expected seed among the settings") as caught:
        Archive(tmp_path).problem  # noqa: B018
    assert "\n" not in str(caught.value)
