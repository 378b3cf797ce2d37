"""Coverage-guided fuzzing of the readers of files that somebody else may have made."""
