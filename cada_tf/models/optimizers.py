"""Adam as the paper used it, with one fused kernel a variable."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="cada_tf")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam, its update done by TensorFlow's fused ``ResourceApplyAdam``.

    Keras writes Adam with a dozen element-wise operations, each of which walks
    over the whole variable; the fused kernel walks over it once. The arithmetic
    is the same. ``epsilon`` defaults to 1e-8, that of the ``AdamOptimizer``
    which the paper names (Section 4.2), as does the learning rate of 1e-3.

    Raises:
        ValueError: ``amsgrad``, which the fused kernel does not have.
    """

    def __init__(self, learning_rate: float = 0.001, *, epsilon: float = 1e-8, **kwargs) -> None:
        super().__init__(learning_rate=learning_rate, epsilon=epsilon, **kwargs)
        if self.amsgrad:
            raise ValueError("Expected amsgrad=False: FusedAdam has no AMSGrad. Received: True.")

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Updates one variable of any shape from a gradient of that shape."""
        step = tf.cast(self.iterations.value + 1, variable.dtype)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=handle(variable),
            m=handle(self._momentums[index]),
            v=handle(self._velocities[index]),
            beta1_power=tf.pow(tf.cast(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, variable.dtype), step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )

    def reset(self) -> None:
        """Forgets all moments and the step count, as if newly made."""
        for variable in self.variables:
            if variable is not self._learning_rate:
                variable.assign(tf.zeros_like(variable.value))


def handle(variable: keras.Variable | tf.Variable) -> tf.Tensor:
    """The resource of a variable; Keras hands optimizers its own kind or TensorFlow's."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
