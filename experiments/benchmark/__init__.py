"""A training step in plain Keras, in our stacks, and at the machine's limit, side by side."""

from cada_tf import startup

startup.start_tensorflow()  # before ``plain_keras`` imports Keras, here and in its processes
