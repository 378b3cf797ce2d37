"""mean-teacher: pooled, and agreement with its own average on unlabelled target utterances."""

import dataclasses
from typing import Any, ClassVar

from cada_tf.config import Config, option
from cada_tf.methods.registry import register
from cada_tf.methods.semi_supervised import SemiSupervisedMethod, ramp_option


@dataclasses.dataclass(frozen=True)
class MeanTeacherOptions:
    """The options of mean teacher."""

    mean_teacher_weight: float = option(
        3.0, "Weight of mean teacher's consistency.", low=0, tried=(1.0, 3.0, 10.0)
    )
    mean_teacher_ramp: int = ramp_option()
    mean_teacher_decay: float = option(
        0.99,
        "Decay of the teacher, the average of the student's past weights; below 1.",
        low=0,
        high=0.999999,
        tried=(0.9, 0.99, 0.999),
    )


@register
class MeanTeacher(SemiSupervisedMethod):
    """A student that agrees with the average of its past weights (Tarvainen & Valpola 2017)."""

    name = "mean-teacher"
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
