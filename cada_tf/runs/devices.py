"""What networks are trained on, and how many processes and networks side by side that calls for.

On cores, a single-thread process for each trains stacks of twenty: more spread no further what a
step costs besides arithmetic. A GPU is one device for one process, and idle unless it is given
hundreds of networks at a time. This is untested on a real GPU, as are the last bits of results,
which are a CPU's of one kind wherever this package promises that they are equal.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cada_tf.runs import STACK_SIZE

GPU_STACK_SIZE = 500
WIDE = 1000
"""Features beyond which a stack's weights and examples take gigabytes."""
WIDE_STACK_SIZE = 5
"""The step of a network costs a few per cent more than in a stack of twenty."""
DRIVERS = ("/proc/driver/nvidia", "/dev/kfd")
"""What a machine with a driver of NVIDIA's or AMD's for GPUs has."""


class Layout(NamedTuple):
    """Worker processes, None for one per core, and networks in a stack at the most."""

    jobs: int | None
    stack_size: int


def find_devices(drivers: Sequence[str] = DRIVERS) -> list[str]:
    """The types of TensorFlow's devices, such as ``["CPU", "GPU"]``.

    TensorFlow, which takes seconds to start, is asked only where there is a driver of a GPU.
    """
    if not any(Path(driver).exists() for driver in drivers):
        return ["CPU"]
    from cada_tf.startup import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    return [device.device_type for device in tf.config.list_physical_devices()]


def choose_layout(
    devices: Sequence[str],
    jobs: int | None = None,
    stack_size: int | None = None,
    features: int = 0,
) -> Layout:
    """The layout for some devices and a number of features; what is given stays as it is."""
    if "GPU" in devices:
        return Layout(jobs or 1, stack_size or GPU_STACK_SIZE)
    return Layout(jobs, stack_size or (WIDE_STACK_SIZE if features > WIDE else STACK_SIZE))
