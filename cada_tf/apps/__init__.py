"""The programs ``cada-adapt`` and ``cada-predict``, and what all programs share.

The one place in the package that reads flags.
"""
