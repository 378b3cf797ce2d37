"""Figures, drawn from result tables alone."""
