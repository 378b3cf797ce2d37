"""Metrics, significance, calibration, and measures of domain shift; without TensorFlow."""
