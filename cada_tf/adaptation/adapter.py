"""CADA and its rivals in the shape that the field knows: a scikit-learn estimator."""

import numbers

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import balanced_accuracy_score
from sklearn.utils import _safe_indexing, check_random_state, indexable
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from cada_tf.adaptation.adapt import adapt
from cada_tf.adaptation.domains import Arrays, by_domain, is_target
from cada_tf.adaptation.scaling_choice import scaling_of
from cada_tf.audio.feature_registry import find_config, make_feature_set
from cada_tf.audio.feature_set import FeatureConfig, FeatureSet
from cada_tf.config import Config, Scaling
from cada_tf.deprecated import warn
from cada_tf.errors import suggestion
from cada_tf.methods import METHODS, Target, make_config, option_values
from cada_tf.paper import SAMPLING_RATE
from cada_tf.protocol.problem import LabelledSet, Problem, unlabelled_set

CONFIG = "config__"
"""Begins the name of an option of ``config``, as a parameter of the estimator."""


class Adapter(ClassifierMixin, BaseEstimator):
    """Adapts a recogniser to a target domain from a few labelled examples of it.

    With the default method, class-wise adversarial domain adaptation (Zhou & Chen), an encoder Ge
    and a predictor Gp are trained on source and target together, by turns

    * θe and θp on  Ld = − Σ_i log Gp(Ge(x_i; θe); θp)[d_i]            (Eq. 2)
    * θe alone on   La = − Σ_i log Gp(Ge(x_i; θe); θp)[swap(d_i)]      (Eq. 3)

    where d_i is the class of example i and the domain that it is from, and swap the same class in
    the other domain; ``CADA`` says more. Features are scaled to [-1, 1] as on the source.

    Args:
        method: a name of ``methods.METHODS``: ``cada``; ``fine-tune``, ``fada``, ``pooled`` and
            others to compare it with; ``all-source`` uses no target example, ``label-target``
            nothing else.
        config: how it trains, of ``make_config``; None for the defaults, those that the
            replication study recommends.
        calibration_folds: folds of the target examples, each of which is answered by a network
            that has not seen it, to calibrate the probabilities by (see
            ``calibration.fit_temperature``); fewer where a class has fewer examples. 0 or 1 for
            none: then by the source's held-out examples alone.
        features: the set that measured the features; what ``make_feature_set`` takes, such as
            ``egemaps`` or ``onnx:FOLDER``. None: the registered set of the columns' names, or of
            an array of 62 features the default one.
        sampling_rate: Hz, to which the recordings were resampled that were measured.
        random_state: an integer, for the same result each time, or as anywhere in scikit-learn.
        readings: deprecated name of ``config``.

    Attributes:
        recogniser_: the trained ``Recogniser``, to save, export, or recognise recordings with;
            the latter only if the features are those of ``features`` or of a registered set.
            Otherwise its ``feature_config`` is None: it classifies features alone.
        classes_: the classes, sorted, ``[C]``.
        n_features_in_, feature_names_in_: as anywhere in scikit-learn.

    Example:
        >>> import numpy as np
        >>> import cada_tf
        >>> rng = np.random.default_rng(0)
        >>> cues, shift = rng.normal(size=(2, 62))
        >>> ys, yt = np.arange(200) % 2, np.arange(12) % 2
        >>> Xs = rng.normal(size=(200, 62)) + np.outer(ys, cues)
        >>> Xt = rng.normal(size=(12, 62)) + np.outer(yt, cues) + shift
        >>> adapter = cada_tf.Adapter().fit(Xs, ys, Xt, yt)
        >>> adapter.predict(Xt[:4])
        array([0, 1, 0, 1])
        >>> adapter.predict_proba(Xt[:4]).shape
        (4, 2)
        >>> adapter.score(Xt, yt) > 0.9
        True

        ``TargetFolds`` has scikit-learn's tools split the target, and leave the source in every
        training set. The rows of all domains are given together, with ``sample_domain``, positive
        for a source and negative for the target, as in skada. Here the same cues mean the
        opposite in the target, so that what is best on the source is not what is to be chosen:

        >>> import sklearn
        >>> from sklearn.model_selection import GridSearchCV, cross_val_score
        >>> X = np.concatenate([Xs, rng.normal(size=(24, 62)) - np.outer(np.arange(24) % 2, cues)])
        >>> y, domain = np.arange(224) % 2, np.repeat([1, -1], [200, 24])
        >>> quick = cada_tf.make_config(max_epochs=20, hidden=(16,), learning_rate=0.01)
        >>> adapter = cada_tf.Adapter(config=quick, calibration_folds=0)
        >>> methods, folds = {"method": ["all-source", "label-target"]}, cada_tf.TargetFolds(3)
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     search = GridSearchCV(adapter, methods, cv=folds).fit(X, y, sample_domain=domain)
        ...     params = {"sample_domain": domain}
        ...     scores = cross_val_score(search.best_estimator_, X, y, cv=folds, params=params)
        >>> search.best_params_
        {'method': 'label-target'}
        >>> assert scores.mean() > 0.9

        Options of training are parameters as well, such as ``config__max_epochs``; and folds may
        keep speakers apart: ``TargetFolds(StratifiedGroupKFold(5))``, with the speaker of each row
        as ``groups`` beside ``sample_domain``.

    Reference:
        H. Zhou and K. Chen, "Transferable Positive/Negative Speech Emotion Recognition
        via Class-wise Adversarial Domain Adaptation", Section 3.
    """

    # Metadata routing passes it without a ``set_fit_request``, as to skada's estimators.
    __metadata_request__fit = {"sample_domain": True}  # noqa: RUF012
    __metadata_request__score = {"sample_domain": True}  # noqa: RUF012

    def __init__(
        self,
        method: str = "cada",
        *,
        config: Config | None = None,
        calibration_folds: int = 5,
        features: str | FeatureSet | None = None,
        sampling_rate: int = SAMPLING_RATE,
        random_state: int | np.random.RandomState | None = 0,
        readings: Config | None = None,
    ) -> None:
        self.method = method
        self.config = config
        self.calibration_folds = calibration_folds
        self.features = features
        self.sampling_rate = sampling_rate
        self.random_state = random_state
        self.readings = readings

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The parameters; if ``deep``, also the options of ``config``, as ``config__NAME``."""
        config = Config() if self.config is None else self.config
        options = option_values(config) if deep and isinstance(config, Config) else {}
        return super().get_params(deep) | {CONFIG + name: v for name, v in options.items()}

    def set_params(self, **params: object) -> "Adapter":
        """Sets parameters; those named ``config__NAME`` in a copy of ``config``."""
        options = {name for name in params if name.startswith(CONFIG)}
        super().set_params(**{name: params[name] for name in params if name not in options})
        if options:
            changed = {name.removeprefix(CONFIG): params[name] for name in options}
            self.config = make_config(self.config or self.readings, **changed)
        return self

    def fit(
        self,
        Xs: Arrays,
        ys: Arrays,
        Xt: Arrays | None = None,
        yt: Arrays | None = None,
        *,
        sample_domain: Arrays | None = None,
        Xu: Arrays | None = None,
    ) -> "Adapter":
        """Trains on a source and on the labelled examples of a target.

        ``fit(X, y, sample_domain=...)`` takes the rows of all domains together instead, as
        scikit-learn's tools and skada pass them.

        Args:
            Xs: features of the source, ``[N, F]``; of several sources, a list of such arrays.
            ys: their classes, ``[N]``, or a list of such.
            Xt: features of the labelled target examples, ``[M, F]``. Without them the source
                alone is trained on, as ``all-source`` does.
            yt: their classes, ``[M]``, each of those of the source at least once.
            sample_domain: of each row of the first two arguments, ``[n]``: a positive whole number
                for a source, the same for rows of the same corpus; a negative one for the target.
            Xu: features of unlabelled target examples, ``[U, F]``, for a method or a scaling that
                uses them. With ``config=None`` the scaling then is ``corpus-enrolled`` and the
                normalisation ``z-score``: features are scaled in each domain by itself.

        Returns:
            This estimator.

        Raises:
            ValueError: shapes that do not fit, values that are not finite, one class alone, a
                class without an example, an unknown method, or a ``sample_domain`` that is not
                as it should be.
        """
        Xs, ys, parts, Xt, yt = by_domain(Xs, ys, Xt, yt, sample_domain)
        method, config = self.chosen_method(Xt), self.chosen_config(unlabelled=Xu is not None)
        Xs, ys = validate_data(self, Xs, ys, dtype="numeric")
        check_classification_targets(ys)
        self.classes_, source_labels = np.unique(ys, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Expected at least two classes. Received: one class.")
        if Xt is None:
            Xt, yt = Xs[:0], ys[:0]
        else:
            Xt, yt = validate_data(self, Xt, yt, dtype="numeric", reset=False)
        source, target = (
            LabelledSet(role, x.astype(np.float32), labels, np.full(len(x), "unknown"), part)
            for role, x, labels, part in (
                ("source", Xs, source_labels, parts),
                ("target", Xt, self.labels_of(yt), None),
            )
        )
        pool = None
        if Xu is not None:
            Xu = validate_data(self, Xu, dtype="numeric", reset=False).astype(np.float32)
            pool = unlabelled_set("unlabelled", Xu, np.full(len(Xu), "unknown"))
        seed = self.random_state
        if not isinstance(seed, numbers.Integral):
            seed = int(check_random_state(seed).randint(2**31))
        features, feature_config = self.measured_features()
        problem = Problem(
            source,
            target,
            tuple(map(str, self.classes_)),
            seed,
            trials=1,
            folds=self.folds(target, method),
            feature_names=features,
            feature_config=feature_config,
            pool=pool,
        )
        self.recogniser_ = adapt(problem, config, method, assessed=False).recogniser
        return self

    def predict(self, X: Arrays) -> np.ndarray:
        """The most probable class of each example ``[n]``, of features ``[n, F]``."""
        best = self.predict_proba(X).argmax(-1)
        return self.classes_[best]

    def predict_proba(self, X: Arrays) -> np.ndarray:
        """The probability of each class, ``[n, C]`` in the order of ``classes_``."""
        check_is_fitted(self)
        x = validate_data(self, X, dtype="numeric", reset=False)
        return self.recogniser_.predict_proba(x)

    def chosen_method(self, Xt: Arrays | None) -> str:
        """The method, or all-source where there is no target."""
        if self.method not in METHODS:
            raise ValueError(
                f"Expected a method of {', '.join(METHODS)}. Received: {self.method!r}."
                f"{suggestion(self.method, METHODS)}"
            )
        return "all-source" if Xt is None else self.method

    def measured_features(self) -> tuple[tuple[str, ...], FeatureConfig | None]:
        """The names of the features, and what measured them.

        Raises:
            ValueError: they are not those of ``features``.
        """
        named = getattr(self, "feature_names_in_", None)
        if self.features is None:
            default = make_feature_set().names
            names = default if len(default) == self.n_features_in_ else ()
            names = names if named is None else tuple(named)
            return names, find_config(names, self.sampling_rate)
        wanted = make_feature_set(self.features, self.sampling_rate)
        names = wanted.names if named is None else tuple(named)
        if wanted.names and (names != wanted.names or len(names) != self.n_features_in_):
            raise ValueError(
                f"Expected the {len(wanted.names)} features of {wanted.config.feature_set}. "
                f"Received: {self.n_features_in_} features{'' if named is None else ', others'}."
            )
        return names, wanted.config

    def labels_of(self, yt: Arrays) -> np.ndarray:
        """The target's classes as integers ``[M]``, if they are those of the source."""
        if len(yt) and not np.array_equal(np.unique(yt), self.classes_):
            raise ValueError(
                f"Expected target examples of each of the classes {self.classes_.tolist()}. "
                f"Received: {np.unique(yt).tolist()}. Leave out rows without a label, which skada "
                "marks by -1, and classes that the source does not have."
            )
        return np.searchsorted(self.classes_, yt)

    def chosen_config(self, *, unlabelled: bool) -> Config:
        """The configuration, or the defaults, whose scaling uses unlabelled examples if any."""
        if self.readings is not None:
            warn("Adapter(readings=...)", "Adapter(config=...)", stacklevel=4)
        if (config := self.config or self.readings) is not None:
            return config
        choice = scaling_of(Scaling.CORPUS_ENROLLED if unlabelled else Scaling.SOURCE)
        return make_config(scaling=choice.scaling, normalisation=choice.normalisation)

    def folds(self, target: LabelledSet, method: str) -> int:
        """Folds of the target examples to calibrate by; 1 for none."""
        if METHODS[method].target is Target.NONE:
            return 1
        return max(1, min(self.calibration_folds, int(np.bincount(target.labels).min())))

    def score(
        self,
        X: Arrays,
        y: Arrays,
        sample_weight: np.ndarray | None = None,
        *,
        sample_domain: Arrays | None = None,
    ) -> float:
        """Unweighted accuracy (UA), in [0, 1]: the mean of the classes' recalls (Section 4.2).

        Args:
            X: features, ``[n, F]``.
            y: classes, ``[n]``.
            sample_weight: of each row, ``[n]``.
            sample_domain: as of ``fit``: only the rows of the target count. None: all count.
        """
        if sample_domain is not None:
            target = is_target(sample_domain)
            arrays = indexable(X, y, sample_weight, target)[:3]
            X, y, sample_weight = (a if a is None else _safe_indexing(a, target) for a in arrays)
        return float(balanced_accuracy_score(y, self.predict(X), sample_weight=sample_weight))
