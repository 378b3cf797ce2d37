"""What methods have in common that train a classifier of scikit-learn's, not a network."""

from typing import ClassVar

import numpy as np

from cada_tf.config import ClassBalance, Config
from cada_tf.methods.method import Method, Sizes
from cada_tf.protocol.batches import balanced_weights
from cada_tf.protocol.domain_class import Domain, decode, domain_of


class Classical(Method):
    """A classifier on the same scaled features and labels as the networks.

    Attributes:
        share_option: name of its option for the share of the weight that the target's examples
            have together; None where it trains on one domain alone.
    """

    related = True
    stops_early = False
    network = None
    share_option: ClassVar[str | None] = None

    def weights(self, categories: np.ndarray, classes: int, config: Config) -> np.ndarray:
        """Weights of mean 1: each domain has its share, each class of a domain an equal one.

        With ``class_balance=none`` all examples of a domain weigh the same.
        """
        labels, domains = decode(categories, classes), domain_of(categories, classes)
        weights = np.ones(len(categories), np.float32)
        for domain in np.unique(domains):
            members = domains == domain
            if config.class_balance is not ClassBalance.NONE:
                weights[members] = balanced_weights(labels[members])
            if self.share_option:
                share = getattr(self.options_of(config), self.share_option)
                share = share if domain == Domain.TARGET else 1 - share
                weights[members] *= share / members.mean()
        return weights

    def updates(self, config: Config, sizes: Sizes) -> int:
        del config
        return sum(sizes)  # it takes about as long as so many updates of a network
