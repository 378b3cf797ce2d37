"""Tables and figures, made from result tables alone.

``python -m figures.NAME --help`` tells what each does.
"""
