"""Runs a grid of methods, examples, trials and folds, and keeps what comes of it.

The names are imported when they are first used, since pandas and joblib take a while to start.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "answers": ["read_answers"],
        "archive": ["Archive"],
        "results": ["Results", "check_folder", "read_results"],
        "results_file": ["conditions", "conditions_of"],
        "runner": ["run"],
    },
)

STACK_SIZE = 20
"""Replicas in a stack: more spread no further what a step costs besides arithmetic."""
