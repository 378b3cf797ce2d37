"""Fits stacks of networks."""
