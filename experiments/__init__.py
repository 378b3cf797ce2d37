"""Programs: ``python -m experiments.NAME --help`` tells what each does."""

import cada_tf.apps
import cada_tf.models  # noqa: F401  # starts TensorFlow quietly, before anything else imports it
