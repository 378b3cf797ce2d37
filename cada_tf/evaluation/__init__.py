"""Metrics, significance, calibration, and measures of domain shift; without TensorFlow."""

EXTRA_LABELS = 10
"""Further labels whose gain a learning curve reports."""
