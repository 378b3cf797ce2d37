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

    def add_variable_from_reference(
        self, reference_variable: keras.Variable, *args, **kwargs
    ) -> keras.Variable:
        """A moment of a variable; with a free replica axis if the variable has one."""
        if None not in reference_variable.shape:
            return super().add_variable_from_reference(reference_variable, *args, **kwargs)
        sized = tf.Variable(reference_variable.value.read_value())
        moment = super().add_variable_from_reference(sized, *args, **kwargs)
        free_replica_axis(moment)
        return moment

    def reset(self, variables: list[keras.Variable]) -> None:
        """Forgets all moments and the step count, as if newly built for these variables."""
        self.iterations.assign(0)
        for moments in (self._momentums, self._velocities):
            for moment, variable in zip(moments, variables, strict=True):
                moment.assign(tf.zeros_like(variable.value))


def free_replica_axis(variable: keras.Variable) -> None:
    """Lets the first axis of a variable have any length from now on.

    Keras makes no variable of unknown length, but works with one that has become so.
    """
    shape = (None, *variable.shape[1:])
    variable._value = tf.Variable(variable.value, shape=shape, trainable=variable.trainable)
    variable._shape = shape


def handle(variable: keras.Variable | tf.Variable) -> tf.Tensor:
    """The resource of a variable; Keras hands optimizers its own kind or TensorFlow's."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
