"""What every training leaves: the scores of all events, and what they amount to."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from leptonid.train.inputs import Sample
from leptonid.train.metrics import auc, auc_uncertainty, is_chance


def score_table(samples: Mapping[str, Sample], scores: Mapping[str, np.ndarray]) -> pa.Table:
    """Return the table of scores: `event`, `split`, `y`, `score`, and `role`.

    `event` is a row of the table of events of `split`; `role` is what the training used it for (a key of
    `samples`), which differs from `split` where the events were split anew.
    """
    parts = [
        pa.table(
            {
                "event": sample.event,
                "split": pa.array(sample.split, pa.string()),
                "y": sample.y,
                "score": scores[role],
                "role": pa.array([role] * len(sample.y), pa.string()),
            }
        )
        for role, sample in samples.items()
    ]
    return pa.concat_tables(parts)


def aucs(samples: Mapping[str, Sample], scores: Mapping[str, np.ndarray]) -> dict:
    """Return `auc` and `auc_uncertainty` per role, and `dead`: whether the classifier has learnt nothing."""
    pairs = {role: (sample.y, scores[role]) for role, sample in samples.items()}
    return {
        "auc": {role: auc(*pair) for role, pair in pairs.items()},
        "auc_uncertainty": {role: auc_uncertainty(*pair) for role, pair in pairs.items()},
        "dead": is_chance(*pairs["valid"]),
    }
