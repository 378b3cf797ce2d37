"""mean-teacher: pooled, and agreement with its own average on unlabelled target utterances."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@dataclasses.dataclass(frozen=True)
class MeanTeacherOptions:
    """The options of mean teacher."""

    mean_teacher_weight: float = option(
        3.0, "Weight of mean teacher's consistency.", low=0, tried=(1.0, 3.0, 10.0)
    )
    mean_teacher_ramp: int = option(
        200,
        "Mini-batches in which that weight grows to 99 % of itself; 0: it is there at once.",
        low=0,
        tried=(0, 200, 1000),
    )
    mean_teacher_decay: float = option(
        0.99,
        "Decay of the teacher, the average of the student's past weights; below 1.",
        low=0,
        high=0.999999,
        tried=(0.9, 0.99, 0.999),
    )


@register
class MeanTeacher(Method):
    """A student that agrees with the average of its past weights (Tarvainen & Valpola 2017)."""

    name = "mean-teacher"
    related = True
    source = True
    target = Target.EXAMPLES
    unlabelled = True
    fewest_per_class = 0
    mixes_domains = True
    options = MeanTeacherOptions
    network = "cada_tf.models.mean_teacher:MeanTeacher"
    losses: ClassVar = {"consistency_loss": "consistency of mean teacher"}

    def arguments(self, config: Config) -> dict[str, Any]:
        own = self.options_of(config)
        return {
            "weight": own.mean_teacher_weight,
            "ramp": own.mean_teacher_ramp,
            "decay": own.mean_teacher_decay,
        }
