"""Recordings, and the features measured on them."""
