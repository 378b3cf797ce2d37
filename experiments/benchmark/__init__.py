"""A training step in plain Keras, in our stacks, and at the machine's limit, side by side."""
