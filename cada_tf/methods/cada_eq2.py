"""cada-eq2: CADA without its second stage; not in the paper."""

from typing import Any, ClassVar

from cada_tf.config import Config
from cada_tf.methods.method import Method, Target
from cada_tf.methods.registry import register


@register
class CadaEq2(Method):
    """Eq. (2) alone: CADA's lead over it is what Eq. (3) adds."""

    name = "cada-eq2"
    label = "CADA, Eq. 2 alone"
    source = True
    target = Target.EXAMPLES
    mixes_domains = True
    separates_sources = True
    network = "cada_tf.models.cada:CADA"
    losses: ClassVar = {"adversarial_loss": "La"}

    def arguments(self, config: Config) -> dict[str, Any]:
        del config
        return {"adversarial_steps": 0, "shared_optimizer": True}
