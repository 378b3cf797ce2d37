"""Cross-validation over the target's rows, with the source in every training set."""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.utils import _safe_indexing, indexable

from cada_tf.adaptation.domains import Arrays, is_target
from cada_tf.errors import InputError


class TargetFolds(BaseCrossValidator):
    """Splits the rows of the target, and leaves those of the sources in every training set.

    So ``cross_val_score`` and ``GridSearchCV`` estimate what an ``Adapter`` is worth on the target:
    each of its labelled rows is tested once, by an estimator that was fitted on the sources and on
    the rows of the target in the other folds. ``Adapter`` shows how.

    Args:
        cv: how the rows of the target are split, as anywhere in scikit-learn: a number of folds,
            stratified by class; or another splitter, such as ``StratifiedGroupKFold(5)`` with the
            speakers as groups, for folds that have no speaker in common.
        sample_domain: of all rows, ``[n]``: positive for sources, negative for the target. None
            where metadata routing passes it to ``split``.

    Example:
        >>> import numpy as np
        >>> import cada_tf
        >>> domain = np.array([1, 1, 1, -2, -2, -2, -2])
        >>> y = np.array([0, 1, 1, 0, 0, 1, 1])
        >>> for train, test in cada_tf.TargetFolds(2).split(y, y, sample_domain=domain):
        ...     print(train, test)
        [0 1 2 4 6] [3 5]
        [0 1 2 3 5] [4 6]
    """

    # Both are passed by metadata routing without a ``set_split_request``.
    __metadata_request__split = {"groups": True, "sample_domain": True}  # noqa: RUF012

    def __init__(
        self, cv: int | BaseCrossValidator = 5, *, sample_domain: Arrays | None = None
    ) -> None:
        self.cv = cv
        self.sample_domain = sample_domain

    def split(
        self,
        X: Arrays,
        y: Arrays | None = None,
        groups: Arrays | None = None,
        *,
        sample_domain: Arrays | None = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Positions of the training and of the test rows of each fold.

        Args:
            X, y: features ``[n, F]`` and classes ``[n]`` of all rows.
            groups: such as the speaker of each row, ``[n]``; those of sources do not count.
            sample_domain: ``[n]``; None for that of the constructor.

        Raises:
            InputError: no ``sample_domain``, or none as it should be (see ``domains.is_target``).
            ValueError: lengths that differ, or as the splitter of the target's rows.
        """
        target, arguments = self.target_rows(X, y, groups, sample_domain)
        rows = np.flatnonzero(target)
        for train, test in check_cv(self.cv, arguments[1], classifier=True).split(*arguments):
            trained = ~target
            trained[rows[train]] = True
            yield np.flatnonzero(trained), rows[test]

    def get_n_splits(
        self,
        X: Arrays,
        y: Arrays | None = None,
        groups: Arrays | None = None,
        *,
        sample_domain: Arrays | None = None,
    ) -> int:
        """The number of folds; see ``split``."""
        _, arguments = self.target_rows(X, y, groups, sample_domain)
        return check_cv(self.cv, arguments[1], classifier=True).get_n_splits(*arguments)

    def target_rows(
        self,
        X: Arrays,
        y: Arrays | None,
        groups: Arrays | None,
        sample_domain: Arrays | None,
    ) -> tuple[np.ndarray, list[Arrays | None]]:
        """Which rows are the target's, ``[n]`` bool; and X, y and groups of these."""
        domain = self.sample_domain if sample_domain is None else sample_domain
        if domain is None:
            raise InputError(
                "expected one, found none. Enable scikit-learn's metadata routing and pass it, as "
                "in Adapter's example, or give it to TargetFolds.",
                option="sample_domain",
            )
        target = is_target(domain)
        arrays = indexable(X, y, groups, target)[:3]
        return target, [a if a is None else _safe_indexing(a, target) for a in arrays]
