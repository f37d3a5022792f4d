"""Scores of training events compared with scores of test events."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from leptonid.evaluate.frames import frame_of
from leptonid.metrics.auc import auc, auc_uncertainty
from leptonid.metrics.scored_events import ScoredEvents
from leptonid.study.layout import CLASSES

COLUMNS = {
    **{"classifier": str, "training": int, "class": str, "train_events": int, "test_events": int},
    **{
        "ks": float,
        "p": float,
        "auc_train": float,
        "auc_test": float,
        "gap": float,
        "gap_uncertainty": float,
    },
}

HISTOGRAM_COLUMNS = {
    **{"classifier": str, "training": int, "role": str, "class": str},
    **{"low": float, "high": float, "share": float, "events": int},
}

EDGES = np.linspace(0, 1, 26)


def overtraining_table(train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per classifier, training (counted from 0) and class.

    `ks` is the two-sample Kolmogorov-Smirnov distance between the scores of training and test events, `p` its
    asymptotic p-value. `gap` is the AUC of the training events minus that of the test events, with its
    statistical uncertainty (DeLong et al.).
    """
    rows = []
    for name, unseen in test.items():
        seen = train[name]
        for training, scores in enumerate(zip(seen.scores, unseen.scores, strict=True)):
            pairs = list(zip((seen.y, unseen.y), scores, strict=True))
            aucs = [auc(*pair) for pair in pairs]
            uncertainty = np.hypot(*(auc_uncertainty(*pair) for pair in pairs))
            gap = aucs[0] - aucs[1]
            for value, kind in CLASSES.items():
                samples = [score[y == value] for y, score in pairs]
                ks = ks_2samp(*samples, method="asymp")
                sizes = map(len, samples)
                rows.append((name, training, kind, *sizes, ks.statistic, ks.pvalue, *aucs, gap, uncertainty))
    return frame_of(rows, COLUMNS)


def score_histograms(train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per classifier, training, role (train or test), class and bin of the score.

    `share` is the share of the class's events in the bin from `low` to `high`, `events` the number of events
    of the class.
    """
    rows = [
        (name, training, role, kind, low, high, count / size, size)
        for name in test
        for training in range(len(test[name].scores))
        for role, scored in (("train", train[name]), ("test", test[name]))
        for value, kind in CLASSES.items()
        for size in (np.count_nonzero(scored.y == value),)
        for low, high, count in zip(
            EDGES[:-1],
            EDGES[1:],
            np.histogram(scored.scores[training, scored.y == value], EDGES)[0],
            strict=True,
        )
    ]
    return frame_of(rows, HISTOGRAM_COLUMNS)
