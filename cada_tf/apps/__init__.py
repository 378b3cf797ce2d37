"""The programs ``cada-adapt`` and ``cada-predict``, and what all programs share.

The one place in the package that reads flags.
"""

import os

# TensorFlow's start-up messages are of no use to a user; they are chosen before its import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
