"""Processes and stacks for made lists of devices; there is no GPU to test on."""

import subprocess
import sys

import pytest
import tensorflow as tf
from helpers import ROOT

from cada_tf.runs.devices import GPU_STACK_SIZE, Layout, choose_layout, find_devices


@pytest.mark.parametrize(
    ("devices", "given", "layout"),
    [
        (["CPU"], (), (None, 20)),
        (["CPU"], (None, None, 6373), (None, 5)),
        (["CPU"], (3, 7), (3, 7)),
        (["CPU", "GPU"], (), (1, GPU_STACK_SIZE)),
        (["CPU", "GPU", "GPU"], (2, None), (2, GPU_STACK_SIZE)),
        (["CPU", "GPU"], (None, 7), (1, 7)),
    ],
)
def test_the_stack_follows_the_device(devices, given, layout):
    assert choose_layout(devices, *given) == Layout(*layout)


def test_tensorflow_is_asked_where_there_is_a_driver(tmp_path, monkeypatch):
    made = [tf.config.PhysicalDevice(f"/physical_device:{t}:0", t) for t in ("CPU", "GPU")]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda: made)
    assert find_devices([str(tmp_path)]) == ["CPU", "GPU"]
    assert find_devices([str(tmp_path / "none")]) == ["CPU"]


def test_without_a_driver_tensorflow_is_not_started():
    code = (
        "import sys; from cada_tf.runs import devices; devices.find_devices([]);"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
