"""How training went, epoch by epoch, under the names of Keras's history.

``loss`` is Ld of Eq. (2), ``adversarial_loss`` La of Eq. (3), ``discriminator_loss`` FADA's
L_D, ``ua`` that of the mini-batches (with their noise), each before the updates on it;
``val_loss`` and ``val_ua`` are those of the examples held out, after the epoch.
"""

from collections.abc import Sequence

import numpy as np

History = dict[str, np.ndarray]
"""Name → values ``[epochs]`` of a replica."""


def histories(
    names: Sequence[str], losses: np.ndarray, hits: np.ndarray, seen: np.ndarray, epochs: int
) -> list[History]:
    """The history of each replica over the mini-batches of some epochs.

    Args:
        names: of the L losses.
        losses: ``[steps, L, R]``, NaN for one that was not computed.
        hits, seen: of ``unweighted_accuracy.count_hits``, ``[steps, R, C]``.
        epochs: how many the steps make up, all equally long.
    """
    losses = losses.reshape(epochs, -1, *losses.shape[1:]).mean(1)
    hits, seen = (n.reshape(epochs, -1, *n.shape[1:]).sum(1) for n in (hits, seen))
    known = seen.any(-1)
    recall = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    ua = recall.sum(-1) / np.maximum((seen > 0).sum(-1), 1)
    found = []
    for replica in range(losses.shape[-1]):
        history = dict(zip(names, losses[..., replica].T, strict=True))
        history |= {"ua": ua[:, replica]} if known[:, replica].all() else {}
        found.append({name: v for name, v in history.items() if not np.isnan(v).all()})
    return found


def join(parts: Sequence[History]) -> History:
    """Histories that follow one another as one; NaN where a part lacks a name."""
    lengths = [len(next(iter(part.values()))) for part in parts]
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: np.concatenate(
            [part.get(name, np.full(n, np.nan)) for part, n in zip(parts, lengths, strict=True)]
        ).astype(np.float32)
        for name in names
    }
