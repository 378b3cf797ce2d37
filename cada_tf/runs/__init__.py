"""Runs a grid of methods, examples, trials and folds, and keeps what comes of it."""
