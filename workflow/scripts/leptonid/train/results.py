"""AUCs of a training, as its metrics.json holds them."""

from collections.abc import Mapping

import numpy as np

from leptonid.metrics.auc import auc, auc_uncertainty, is_chance
from leptonid.tables.reader import Events


def aucs(events: Mapping[str, Events], scores: Mapping[str, np.ndarray]) -> dict:
    """Return `auc` and `auc_uncertainty` per role, and `dead`: a validation AUC consistent with 0.5."""
    pairs = {role: (some.y, scores[role]) for role, some in events.items()}
    return {
        "auc": {role: auc(*pair) for role, pair in pairs.items()},
        "auc_uncertainty": {role: auc_uncertainty(*pair) for role, pair in pairs.items()},
        "dead": is_chance(*pairs["valid"]),
    }
