"""Networks beside the baselines with the same inputs."""

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting

KINDS = {
    "network": ("network", plotting.BLUE, "o"),
    "trees": ("boosted trees", plotting.VERMILLION, "s"),
    "logistic": ("logistic regression", plotting.GREEN, "D"),
}


@plotting.style()
def baseline_figure(aucs: pd.DataFrame, classifiers: Iterable[Mapping], label: str) -> Figure:
    """Draw the AUC of networks and baselines, one row per feature set, the best network first.

    Parameters
    ----------
    aucs
        `classifier`, `auc` and `auc_test`.
    classifiers
        Networks and baselines; `leptonid.study.classifiers.entries` describes each of them.
    """
    values = {row.classifier: (row.auc, row.auc_test) for row in aucs.itertuples(index=False)}
    entries = {(entry["features"], entry["kind"]): entry for entry in classifiers}
    networks = [features for features, kind in entries if kind == "network"]
    rows = sorted(networks, key=lambda name: values[name], reverse=True)
    kinds = [kind for kind in KINDS if any((features, kind) in entries for features in rows)]
    figure = plotting.new_figure(9, (0.24 * len(kinds) + 0.18) * len(rows) + 1.5, label)
    # The numbers on the right would touch the edge.
    figure.get_layout_engine().set(w_pad=0.12)
    axes = figure.subplots()
    height = 0.8 / len(kinds)
    for number, kind in enumerate(kinds):
        title, color, marker = KINDS[kind]
        shift = (number - (len(kinds) - 1) / 2) * height
        points = [
            (row + shift, *values[entries[features, kind]["name"]])
            for row, features in enumerate(rows)
            if (features, kind) in entries
        ]
        places, means, errors = zip(*points, strict=True)
        style = {"color": color, "marker": marker, "markersize": 7, "linestyle": "", "capsize": 3}
        axes.errorbar(means, places, xerr=errors, label=title, **style)
        for place, mean, error in points:
            text = f"{mean:.4f} ± {error:.4f}"
            axes.text(
                1.02, place, text, transform=axes.get_yaxis_transform(), color=color, va="center", fontsize=11
            )
    for row in range(1, len(rows)):
        axes.axhline(row - 0.5, color=plotting.GREY, linewidth=0.6)
    titles = [plotting.plain(entries[features, "network"]["title"]) for features in rows]
    axes.set_yticks(range(len(rows)), titles)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", which="both", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", color=plotting.GREY, alpha=0.25)
    axes.set_xlabel("AUC (test events)")
    figure.legend(loc="outside upper center", ncols=len(kinds))
    return figure
