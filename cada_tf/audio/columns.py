"""The numeric columns of a table as features, such as embeddings that were made elsewhere."""

import numpy as np

from cada_tf.audio.feature_set import FeatureConfig

NAME = "columns"


def is_columns(config: FeatureConfig | None) -> bool:
    """Whether features are columns of a table, which no recording can be measured for."""
    return config is not None and config.feature_set.partition(":")[0] == NAME


class Columns:
    """Columns that a table brings; a ``FeatureSet`` that measures nothing.

    Args:
        prefix: of the columns' names; empty for all columns of numbers.
        _sampling_rate: of no meaning here.
    """

    names = ()
    """Known once a table has been read."""
    min_duration = 0.0

    def __init__(self, prefix: str = "", _sampling_rate: int = 0) -> None:
        self.prefix = prefix
        self.config = FeatureConfig(f"{NAME}:{prefix}" if prefix else NAME, "1", 0)

    def __call__(self, signal: np.ndarray, rate: int) -> np.ndarray:
        """Raises ``NotImplementedError``: there is nothing to measure."""
        raise NotImplementedError("Columns of a table cannot be measured.")
