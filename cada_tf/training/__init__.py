"""Fits stacks of networks; importing any of it starts TensorFlow."""

from cada_tf import startup

startup.start_tensorflow()
