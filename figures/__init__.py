"""Tables and figures, made from result tables alone.

``python -m figures.NAME --help`` tells what each does.
"""

import experiments  # noqa: F401  # starts TensorFlow, without its messages
