"""Which rows are of which domain: what ``Adapter.fit`` is given, as sources and a target.

``sample_domain`` has the signs of skada (https://scikit-adaptation.github.io): rows of a positive
number are of a source, each number a corpus; rows of a negative one are of the target, which is
one, whatever the numbers. 0 is refused, since other libraries give it to a source and 1 to a
target. Rows of the target are labelled: rows without a label, which skada marks by a class of -1,
are of no use to the methods here, and refused as a class that the source does not have.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing, indexable

from cada_tf.errors import InputError

Arrays = np.ndarray | pd.DataFrame | Sequence
NAME = "sample_domain"
REMEDY = "Give rows of a source a positive whole number, and rows of the target a negative one."


class Domains(NamedTuple):
    """Sources and target.

    Attributes:
        Xs, ys: features ``[N, F]`` and classes ``[N]`` of all sources together.
        parts: which source each row is of, ``[N]``, int from 0 on; None for a single one.
        Xt, yt: features ``[M, F]`` and classes ``[M]`` of the target; None without one.
    """

    Xs: Arrays
    ys: Arrays
    parts: np.ndarray | None
    Xt: Arrays | None
    yt: Arrays | None


def by_domain(
    Xs: Arrays, ys: Arrays, Xt: Arrays | None, yt: Arrays | None, sample_domain: Arrays | None
) -> Domains:
    """The arguments of ``Adapter.fit``, of either form.

    Raises:
        InputError: both forms at once, or as ``separate``.
    """
    if sample_domain is None:
        return Domains(*join(Xs, ys), Xt, yt)
    if Xt is not None or yt is not None:
        raise InputError(
            "expected either it or Xt and yt, found both. Leave one of them out.", option=NAME
        )
    return separate(Xs, ys, sample_domain)


def separate(X: Arrays, y: Arrays, sample_domain: Arrays) -> Domains:
    """Rows of all domains, in any order, by domain.

    Raises:
        InputError: as ``is_target``, or there is no row of a source.
        ValueError: lengths that differ.
    """
    target = is_target(sample_domain)
    X, y, domain = indexable(X, y, np.asarray(sample_domain))
    if target.all():
        raise InputError(
            f"expected rows of a source, found {len(target)} rows, all of the target. {REMEDY}",
            option=NAME,
        )
    parts = np.unique(domain[~target], return_inverse=True)[1]
    Xs, ys, Xt, yt = (_safe_indexing(a, rows) for rows in (~target, target) for a in (X, y))
    return Domains(Xs, ys, parts, Xt, yt)


def is_target(sample_domain: Arrays) -> np.ndarray:
    """Which rows are of the target, ``[n]`` bool.

    Raises:
        InputError: they are no whole numbers other than 0, or none is of the target.
    """
    domain = np.asarray(sample_domain)
    if domain.ndim != 1 or domain.dtype.kind not in "iu":
        found = f"values of {domain.dtype} in the shape {domain.shape}"
    elif not domain.all():
        found = "0"
    elif not (domain < 0).any():
        found = f"{len(domain)} rows, none of the target"
    else:
        return domain < 0
    raise InputError(
        f"expected one whole number for each row, found {found}. {REMEDY}", option=NAME
    )


def join(Xs: Arrays, ys: Arrays) -> tuple[Arrays, Arrays, np.ndarray | None]:
    """Several sources as one, and which of them each example is from; None for a single one."""
    several = isinstance(Xs, list | tuple) and len(Xs) and np.ndim(Xs[0]) == 2
    if not several:
        return Xs, ys, None
    parts = np.repeat(np.arange(len(Xs)), list(map(len, Xs)))
    together = pd.concat if isinstance(Xs[0], pd.DataFrame) else np.concatenate
    return together(list(Xs)), np.concatenate(list(ys)), parts
