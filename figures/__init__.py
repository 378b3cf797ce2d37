"""Tables and figures, made from result tables alone.

``python -m figures.NAME --help`` tells what each does.
"""

import experiments  # noqa: F401  # keeps TensorFlow's start-up messages off
