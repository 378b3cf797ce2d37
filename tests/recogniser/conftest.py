"""Fixtures of the tests of recognisers."""

import pytest
from helpers import make_recogniser


@pytest.fixture(scope="module")
def recogniser():
    return make_recogniser()


@pytest.fixture(scope="module")
def model(recogniser, tmp_path_factory):
    """The path of its file."""
    return str(recogniser.save(tmp_path_factory.mktemp("model") / "my_model"))
