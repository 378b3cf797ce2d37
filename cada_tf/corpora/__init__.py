"""Corpora, each read into the same kind of table."""

from cada_tf.corpora.corpus import Options
from cada_tf.corpora.registry import CORPORA, load_corpus

__all__ = ["CORPORA", "Options", "load_corpus"]
