"""Workers of other versions, and what is relied on of loky."""

from types import SimpleNamespace

import pytest
from joblib.externals.loky import process_executor

from cada_tf.errors import InputError
from cada_tf.runs import workers
from cada_tf.runs.record import versions


def test_workers_without_the_package_are_refused_and_other_versions_logged(caplog):
    def bare(*_):
        raise ModuleNotFoundError("No module named 'cada_tf'")

    with pytest.raises(InputError, match="expected workers that have cada_tf, found one that says"):
        workers.check_workers(SimpleNamespace(run=bare))
    older = versions() | {"tensorflow": "1.0"}
    answers = {exec: {}, versions: {"tcp://a": older, "tcp://b": versions()}}
    workers.check_workers(SimpleNamespace(run=lambda function, *_: answers[function]))
    assert "tcp://a has other versions of tensorflow: results may differ slightly" in caplog.text
    assert "tcp://b" not in caplog.text


def test_loky_has_the_limit_that_workers_are_freed_of():
    assert process_executor._MAX_MEMORY_LEAK_SIZE > 0
