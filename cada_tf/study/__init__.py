"""Studies: every method, with one search budget, on many pairs of corpora.

A study is declared in a file (``declaration``). It has two stages. In the first, each method's
default and some random settings (``space``) are tried on all pairs; ``selection`` chooses among
these, for each pair without the pairs that have a corpus in common with it. In the second, what was
chosen is tested at length. ``jobs`` says what is missing, ``train`` does it in a worker, ``store``
keeps it.
"""
