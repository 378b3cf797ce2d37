"""The networks: one method of the paper per file. TensorFlow starts when one is first used."""

import lazy_loader

from cada_tf import startup

lazy_attribute, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cada": ["CADA"],
        "fada": ["FADA"],
        "layers": ["StackedDense"],
        "losses": ["cross_entropy"],
        "mlp": ["MLP"],
        "optimizers": ["FusedAdam"],
        "recogniser_network": ["RecogniserNetwork"],
        "unweighted_accuracy": ["UnweightedAccuracy"],
    },
)


def __getattr__(name: str) -> object:
    if name in __all__:
        startup.start_tensorflow()
    return lazy_attribute(name)
