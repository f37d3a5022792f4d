"""Which published table of a search is shown beside a search of the study."""

from collections.abc import Iterable, Mapping

from leptonid.study.candidates import EFPS
from leptonid.study.classifiers import Classifier
from leptonid.study.config_schema import efp_calorimeters, efp_settings
from leptonid.study.features import parse_inputs
from leptonid.study.layout import Layout

# Limits on the EFPs among the candidates that no published search has.
LIMITS = ("calorimeters", "betas", "edges", "vertices", "chromatic")


def published_table(search: Classifier, black_box: Classifier, efp: Mapping, layout: Layout) -> str | None:
    """Return the name of the published table with the method, black box, base and candidates of a search.

    None if there is no such table.

    Parameters
    ----------
    search, black_box
        The search, as a classifier, and the one that it explains.
    efp
        The section of the config.
    """
    published, settings = layout.published_searches, search.settings
    if published is None or not (
        settings["method"] == "black_box"
        and list(settings["candidates"]) == [EFPS]
        and all(settings[limit] is None for limit in LIMITS)
        and set(black_box.inputs) == _explicit(published.black_box, layout)
        and _has_space(efp, layout)
    ):
        return None
    kappas = None if settings["kappas"] is None else set(settings["kappas"])
    for name, (base, limit) in published.tables.items():
        if set(search.inputs) == _explicit(base, layout) and kappas == (limit and set(limit)):
            return name
    return None


def _explicit(inputs: Iterable[str], layout: Layout) -> set[str]:
    return set(map(str, parse_inputs(inputs, layout.contents)))


def _has_space(efp: Mapping, layout: Layout) -> bool:
    """Return whether the EFPs of all calorimeters are those among which published searches choose."""
    published = layout.published_searches
    space = (set(published.graphs), set(published.kappas), set(published.betas))
    settings = [efp_settings(efp, name) for name in layout.calorimeters]
    return set(efp_calorimeters(efp, layout)) == set(layout.calorimeters) and all(
        (set(map(tuple, own["graphs"])), set(own["kappas"]), set(own["betas"])) == space for own in settings
    )
