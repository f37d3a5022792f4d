"""Scores of training events compared with scores of test events."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leptonid.evaluate.frames import frame_of
from leptonid.evaluate.histograms import fractions
from leptonid.metrics.auc import auc, auc_uncertainty, effective_events
from leptonid.metrics.kolmogorov_smirnov import kolmogorov_smirnov
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
    **{"weighted": bool, "effective_train": float, "effective_test": float},
}

HISTOGRAM_COLUMNS = {
    **{"classifier": str, "training": int, "role": str, "class": str},
    **{"low": float, "high": float, "share": float, "events": int, "effective": float},
}

EDGES = np.linspace(0, 1, 26)


def overtraining_table(train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per classifier, training (counted from 0) and class.

    `ks` is the two-sample Kolmogorov-Smirnov distance between the scores of training and test events, `p` its
    asymptotic p-value. `gap` is the AUC of the training events minus that of the test events, with its
    statistical uncertainty (DeLong et al.). `effective_train` and `effective_test` are the effective numbers
    of events of the class, `weighted` says whether a weight is not 1.
    """
    rows = []
    for name, unseen in test.items():
        seen = train[name]
        for training, scores in enumerate(zip(seen.scores, unseen.scores, strict=True)):
            both = [
                (events.y, score, events.weight) for events, score in zip((seen, unseen), scores, strict=True)
            ]
            aucs = [auc(*events) for events in both]
            uncertainty = np.hypot(*(auc_uncertainty(*events) for events in both))
            gap = aucs[0] - aucs[1]
            for value, kind in CLASSES.items():
                samples = [score[y == value] for y, score, _ in both]
                weights = [weight[y == value] for y, _, weight in both]
                weighted = any((weight != 1).any() for weight in weights)
                rows.append(
                    (
                        *(name, training, kind, *map(len, samples)),
                        *(*kolmogorov_smirnov(samples, weights), *aucs, gap, uncertainty),
                        *(weighted, *map(effective_events, weights)),
                    )
                )
    return frame_of(rows, COLUMNS)


def score_histograms(train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per classifier, training, role (train or test), class and bin of the score.

    `share` is the weighted share of the class's events in the bin from `low` to `high`, `events` the number
    of events of the class, `effective` their effective number.
    """
    rows = []
    for name in test:
        for training in range(len(test[name].scores)):
            for role, scored in (("train", train[name]), ("test", test[name])):
                for value, kind in CLASSES.items():
                    members = scored.y == value
                    weight = scored.weight[members]
                    shares, _ = fractions(scored.scores[training, members], weight, EDGES)
                    rows += [
                        (name, training, role, kind, low, high, share, len(weight), effective_events(weight))
                        for low, high, share in zip(EDGES[:-1], EDGES[1:], shares, strict=True)
                    ]
    return frame_of(rows, HISTOGRAM_COLUMNS)
