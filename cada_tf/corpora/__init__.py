"""Corpora, each read into the same kind of table.

The names are imported when they are first used: the synthesiser of the demo corpora, which
``load_corpus`` needs and most do not, takes a second to start.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"corpus": ["Options"], "registry": ["CORPORA", "load_corpus"]}
)
