"""Who is trained on what, and how it is scaled (Section 4.2), without TensorFlow.

The names are imported when they are first used, since scikit-learn and openSMILE take seconds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "checks": ["check_classes", "check_sizes"],
        "loading": ["load_corpora", "measure_corpora"],
        "problem": ["make_problem"],
    },
)
