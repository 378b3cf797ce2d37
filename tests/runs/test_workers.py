"""What is relied on of loky, and that no more workers are started than there is work for."""

import joblib
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
