"""Which published table of a search is shown beside a search of the study."""

from collections.abc import Iterable, Mapping

from leptonid.study.candidates import EFPS
from leptonid.study.classifiers import Classifier
from leptonid.study.config_schema import efp_calorimeters, efp_settings
from leptonid.study.features import parse_inputs
from leptonid.study.layout import Layout

# Limits on the EFPs among the candidates.
LIMITS = ("kappas", "betas", "edges", "vertices", "chromatic", "multiplicity")


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
        and settings["calorimeters"] is None
        and published.kind in (None, black_box.settings.get("kind"))
        and set(black_box.inputs) == _explicit(published.black_box, layout)
        and _has_space(efp, layout)
    ):
        return None
    limits = _comparable({limit: settings[limit] for limit in LIMITS if settings[limit] is not None})
    for name, (base, own_limits) in published.tables.items():
        if set(search.inputs) == _explicit(base, layout) and limits == _comparable(own_limits):
            return name
    return None


def _comparable(limits: Mapping[str, object]) -> dict[str, object]:
    """Return limits with lists of powers as sets."""
    return {name: limit if isinstance(limit, int) else set(limit) for name, limit in limits.items()}


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
