"""Programs: ``python -m experiments.NAME --help`` tells what each does."""

import os

# TensorFlow's start-up messages are of no use to a user; they are chosen before its import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cada_tf  # noqa: F401  # starts TensorFlow quietly, before anything else imports it
