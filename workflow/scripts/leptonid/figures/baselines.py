"""Networks beside the baselines that see the same."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leptonid import plotting
from leptonid.figures.feature_sets import feature_sets, kind_of
from leptonid.figures.scores import ScoredEvents

KINDS = {
    "network": ("network", plotting.BLUE, "o"),
    "trees": ("boosted trees", plotting.VERMILLION, "s"),
    "logistic": ("logistic regression", plotting.GREEN, "D"),
}


@plotting.style()
def baseline_figure(scored: Mapping[str, ScoredEvents], label: str) -> Figure:
    """Draw the AUC of every classifier, one row per feature set, the best network first."""
    aucs = {name: (each.aucs().mean(), each.auc_uncertainty()) for name, each in scored.items()}
    names = {kind_of(name, scored): name for name in scored}
    rows = sorted({features for features, _ in names}, key=aucs.get, reverse=True)
    kinds = [kind for kind in KINDS if any((features, kind) in names for features in rows)]
    figure = plotting.new_figure(9, (0.24 * len(kinds) + 0.18) * len(rows) + 1.5, label)
    # The numbers on the right would touch the edge.
    figure.get_layout_engine().set(w_pad=0.12)
    axes = figure.subplots()
    height = 0.8 / len(kinds)
    for number, kind in enumerate(kinds):
        title, color, marker = KINDS[kind]
        shift = (number - (len(kinds) - 1) / 2) * height
        drawn = [
            (row + shift, *aucs[names[features, kind]])
            for row, features in enumerate(rows)
            if (features, kind) in names
        ]
        places, values, errors = zip(*drawn, strict=True)
        style = {"color": color, "marker": marker, "markersize": 7, "linestyle": "", "capsize": 3}
        axes.errorbar(values, places, xerr=errors, label=title, **style)
        for place, value, error in drawn:
            text = f"{value:.4f} ± {error:.4f}"
            axes.text(
                1.02, place, text, transform=axes.get_yaxis_transform(), color=color, va="center", fontsize=11
            )
    for row in range(1, len(rows)):
        axes.axhline(row - 0.5, color=plotting.GREY, linewidth=0.6)
    axes.set_yticks(range(len(rows)), [each.title for each in feature_sets(rows).values()])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", which="both", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", color=plotting.GREY, alpha=0.25)
    axes.set_xlabel("AUC (test events)")
    figure.legend(loc="outside upper center", ncols=len(kinds))
    return figure
