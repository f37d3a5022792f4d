"""AUCs of a training, as its metrics.json holds them."""

from collections.abc import Mapping

import numpy as np

from leptonid.metrics.auc import auc, auc_uncertainty, is_chance
from leptonid.tables.reader import Events


def aucs(events: Mapping[str, Events], scores: Mapping[str, np.ndarray]) -> dict:
    """Return `auc` and `auc_uncertainty` per role, and `dead`: a validation AUC consistent with 0.5.

    Events count with their weights.
    """
    scored = {role: (some.y, scores[role], some.weight) for role, some in events.items()}
    return {
        "auc": {role: auc(*of_role) for role, of_role in scored.items()},
        "auc_uncertainty": {role: auc_uncertainty(*of_role) for role, of_role in scored.items()},
        "dead": is_chance(*scored["valid"]),
    }
