"""Whether a classifier scores the events that it was trained on like others."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import ks_2samp

from leptonid import plotting
from leptonid.figures.events import CLASSES
from leptonid.figures.panels import small_multiples
from leptonid.figures.scores import ScoredEvents
from leptonid.train.metrics import auc, auc_uncertainty

COLUMNS = {
    **{"features": str, "training": int, "class": str, "train_events": int, "test_events": int},
    **{
        "ks": float,
        "p": float,
        "auc_train": float,
        "auc_test": float,
        "gap": float,
        "gap_uncertainty": float,
    },
}

EDGES = np.linspace(0, 1, 26)


def overtraining_table(train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents]) -> pd.DataFrame:
    """Return one row per classifier, training (counted from 0) and class.

    `ks` is the two-sample Kolmogorov-Smirnov distance of its scores of training and of test events, `p` how
    often two samples of one distribution are as far apart (asymptotic). `gap` is the AUC on the
    training events less that on the test events, with its statistical uncertainty (DeLong et al.).
    """
    lines = []
    for name, new in test.items():
        seen = train[name]
        for training, scores in enumerate(zip(seen.scores, new.scores, strict=True)):
            pairs = list(zip((seen.y, new.y), scores, strict=True))
            aucs = [auc(*pair) for pair in pairs]
            uncertainty = np.hypot(*(auc_uncertainty(*pair) for pair in pairs))
            for value, kind in CLASSES.items():
                samples = [score[y == value] for y, score in pairs]
                ks = ks_2samp(*samples, method="asymp")
                sizes = map(len, samples)
                gap = aucs[0] - aucs[1]
                lines.append((name, training, kind, *sizes, ks.statistic, ks.pvalue, *aucs, gap, uncertainty))
    return pd.DataFrame(lines, columns=list(COLUMNS))


@plotting.style()
def overtraining_figure(
    train: Mapping[str, ScoredEvents], test: Mapping[str, ScoredEvents], table: pd.DataFrame, label: str
) -> Figure:
    """Draw the scores of training events (filled) and test events (points) of every classifier.

    Several trainings are drawn together; the distances are the greatest of them.
    """
    figure, panels = small_multiples(test, 2.9, 2.7, label, "Score", "Fraction of events per bin")
    for name, axes in panels.items():
        for value in CLASSES:
            _draw(axes, train[name], test[name], value)
        worst = table[table["features"] == name].sort_values("ks").groupby("class").last()
        text = "\n".join(
            f"{kind}: KS {worst.loc[kind, 'ks']:.3f}, p = {worst.loc[kind, 'p']:.2g}"
            for kind in CLASSES.values()
        )
        axes.text(0.5, 0.96, text, transform=axes.transAxes, ha="center", va="top", fontsize=9)
        axes.set_yscale("log")
        # Above the curves is room for the text.
        axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], ylim=(0.3 / len(test[name].y), 20))
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    return figure


def _draw(axes: Axes, train: ScoredEvents, test: ScoredEvents, value: int) -> None:
    kind = CLASSES[value]
    color = plotting.CLASS_COLORS[kind]
    seen, new = (
        np.histogram(each.scores[:, each.y == value], EDGES)[0] / each.scores[:, each.y == value].size
        for each in (train, test)
    )
    events = np.count_nonzero(test.y == value)
    axes.stairs(seen, EDGES, color=color, fill=True, alpha=0.3, label=f"{kind}, training")
    known = new > 0
    errors = np.sqrt(new * (1 - new) / events)
    axes.errorbar(
        ((EDGES[1:] + EDGES[:-1]) / 2)[known],
        new[known],
        errors[known],
        fmt="o",
        color=color,
        markersize=3,
        linewidth=1,
        label=f"{kind}, test",
    )
