"""What is relied on of loky, and that no more workers are started than there is work for."""

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers import finished
from joblib.externals.loky import process_executor

from cada_tf.runs import workers


def test_loky_has_the_limit_that_workers_are_freed_of():
    assert process_executor._MAX_MEMORY_LEAK_SIZE > 0


def test_no_more_workers_than_units(monkeypatch):
    started = []

    def parallel(n_jobs, **_):
        started.append(n_jobs)
        return lambda calls: [function(*given) for function, given, _ in calls]

    monkeypatch.setattr(joblib, "Parallel", parallel)
    twelve = workers.LocalWorkers(12, "problem", lambda *given: given)
    assert list(twelve.outcomes(["one"])) == [("problem", "one")]
    assert len(list(twelve.outcomes(range(20)))) == 20
    assert started == [1, 12]


@pytest.mark.exhaustive
def test_what_workers_shared_is_removed_in_silence(tmp_path):
    """joblib shares arrays beyond a megabyte; killed workers cannot say that they have done."""
    rng = np.random.default_rng(0)
    for name, count in (("source", 600), ("target", 80)):
        x = rng.normal(size=(count, 500)).astype(np.float32)
        table = pd.DataFrame(x, columns=[f"x{i}" for i in range(500)])
        table["file"] = [f"{name}{i}.wav" for i in range(count)]
        table["speaker"] = [f"s{i % 4}" for i in range(count)]
        table["class"] = ["a", "b"] * (count // 2)
        table.to_parquet(tmp_path / f"{name}.parquet")
    corpora = [f"--{name}=table:{tmp_path}/{name}.parquet" for name in ("source", "target")]
    grid = "--methods=all-source,pooled", "--examples=2", "--trials=2", "--folds=5"
    small = "--features=columns", "--jobs=2", "--max_epochs=1", "--hidden=4", "--notensorboard"
    output = f"--output_dir={tmp_path / 'run'}"
    status, _, err = finished("experiments.run", *corpora, *grid, *small, output)
    assert status == 0, err
    assert "leaked" not in err
