"""Weights by the package ADAPT of a small problem, for test_importance.py.

In a virtual environment that sees this project's packages:

    pip install --no-deps adapt==0.4.5 cvxopt==1.3.3
    python tests/protocol/adapt_weights.py > tests/protocol/adapt_weights.json
"""

import json
import sys
import types

import numpy as np


def main() -> None:
    """Prints source, target and the weights."""
    for name in ("scikeras", "scikeras.wrappers"):  # which ADAPT needs for its networks alone
        sys.modules[name] = types.ModuleType(name)
    sys.modules["scikeras.wrappers"].KerasClassifier = object
    sys.modules["scikeras.wrappers"].KerasRegressor = object
    from adapt.instance_based import KMM, RULSIF

    rng = np.random.default_rng(0)
    source = rng.normal(size=(40, 3)).round(3)
    target = (0.6 * rng.normal(size=(25, 3)) + [0.7, 0, 0]).round(3)
    shared = {"Xt": target, "kernel": "rbf", "gamma": 0.5, "verbose": 0}
    exact = {"tol": 1e-12, "max_iter": 1000}
    models = {
        "kmm": KMM(**shared, **exact),
        "kmm bound=2": KMM(**shared, **exact, B=2.0),
        "kmm epsilon=0.01": KMM(**shared, **exact, eps=0.01),
        "rulsif alpha=0": RULSIF(**shared, alpha=0.0, lambdas=0.1),
        "rulsif alpha=0.3": RULSIF(**shared, alpha=0.3, lambdas=0.1),
    }
    weights = {name: model.fit_weights(source, target) for name, model in models.items()}
    found = {"source": source.tolist(), "target": target.tolist()}
    found |= {name: values.round(9).tolist() for name, values in weights.items()}
    lines = (f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.items())
    print("{" + ",\n".join(lines) + "}")


if __name__ == "__main__":
    main()
