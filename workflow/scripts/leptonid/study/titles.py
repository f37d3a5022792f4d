"""What figures and tables call inputs, observables and classifiers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from leptonid.study.candidates import EFPS as CHOSEN_EFPS
from leptonid.study.features import (
    EFP,
    EFPS,
    GROUP,
    IMAGE,
    SCALAR,
    SCALAR_GROUP,
    VARIABLE,
    Input,
    parse_inputs,
)
from leptonid.study.layout import Layout
from leptonid.study.observables import Observable, exponent_text
from leptonid.study.scalars import SCALARS

# Exponents with these denominators are written as fractions, as in the papers.
DENOMINATORS = (2, 4)

# More single EFPs, or single variables of a group, than this are counted, not named.
MOST_NAMED_EFPS, MOST_NAMED_VARIABLES = 1, 3

# What titles of inputs call pT and eta, and their axes where the layout does not say.
KINEMATIC_TITLES = {"pt": "pT", "eta": "η"}
KINEMATIC_AXES = {"pt": {"title": r"$p_\mathrm{T}$", "unit": "energy"}, "eta": {"title": r"$\eta$"}}

BASELINE_TITLES = {"trees": "trees", "logistic": "linear"}

# Line breaks and tabs, and what XML (SVG, HTML), LaTeX or UTF-8 cannot hold.
BREAKS = re.compile(r"[\t-\r\x85\u2028\u2029]+")
UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return a text of the user in one line; U+FFFD stands for control characters and undecoded bytes."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", BREAKS.sub(" ", str(text)))


def number_text(number: float) -> str:
    """Return an exponent as text: 1/2, 0.3, or -1 with a minus sign."""
    fraction = Fraction(number)
    text = str(fraction) if fraction.denominator in DENOMINATORS else exponent_text(number)
    return text.replace("-", "\N{MINUS SIGN}")


def observable_title(calorimeter_title: str, observable: Observable) -> str:
    """Return what a figure calls an EFP: ECal 2_1_0, κ = 1, β = 1/2; a graph without edges has no β."""
    graph = f"{observable.n}_{observable.d}_{observable.k}"
    powers = [f"κ = {number_text(observable.kappa)}"]
    if observable.d:
        powers.append(f"β = {number_text(observable.beta)}")
    return ", ".join([f"{calorimeter_title} {graph}", *powers])


def scalar_title(calorimeter_title: str, name: str) -> str:
    """Return what a figure calls a scalar of an image: ECal sum of ET."""
    return f"{calorimeter_title} {SCALARS[name][0]}"


def inputs_title(inputs: Sequence[str], layout: Layout) -> str:
    """Return what a figure calls a set of inputs: ECal + HCal images + 7 HL; empty without inputs."""
    parsed = parse_inputs(inputs, layout.contents)
    images = [layout.images[entry.name].title for entry in parsed if entry.kind == IMAGE]
    parts = [f"{' + '.join(images)} image{'s' if len(images) > 1 else ''}"] if images else []
    counted = _counted_groups(parsed, layout)
    flat = [entry for entry in parsed if entry.kind not in (IMAGE, EFPS, EFP)]
    parts += dict.fromkeys(counted.get(entry.name) or _flat_title(entry, layout) for entry in flat)
    for limit in dict.fromkeys(entry.limit for entry in parsed if entry.kind == EFPS):
        calorimeters = [entry.calorimeter for entry in parsed if entry.kind == EFPS and entry.limit == limit]
        of_limit = f" {limit[0]} ≤ {limit[1]}" if limit else ""
        if set(calorimeters) == set(layout.calorimeters):
            parts.append(f"EFPs{of_limit}")
        else:
            parts += [f"{layout.image_of(name).title} EFPs{of_limit}" for name in calorimeters]
    efps = [entry for entry in parsed if entry.kind == EFP]
    if len(efps) > MOST_NAMED_EFPS:
        parts.append(f"{len(efps)} EFPs")
    else:
        parts += [
            observable_title(layout.image_of(entry.calorimeter).title, Observable.parse(entry.name))
            for entry in efps
        ]
    return " + ".join(parts)


def _counted_groups(inputs: Iterable[Input], layout: Layout) -> dict[str, str]:
    """Return what stands for single variables by name where many of one group are inputs: 10 of 18 cones."""
    single = {entry.name for entry in inputs if entry.kind == VARIABLE}
    titles = {}
    for group in layout.groups.values():
        names = single.intersection(variable.name for variable in group.variables)
        if len(names) > MOST_NAMED_VARIABLES:
            titles |= dict.fromkeys(names, f"{len(names)} of {group.title}")
    return titles


def search_title(
    base: Sequence[str], kappas: Sequence[float] | None, candidates: Sequence[str], layout: Layout
) -> str:
    """Return what a figure calls the last network of a search: 7 HL + chosen EFPs, κ = 1."""
    chosen = "chosen EFPs" if list(candidates) == [CHOSEN_EFPS] else "chosen observables"
    title = " + ".join(filter(None, [inputs_title(base, layout), chosen]))
    return f"{title}, κ = {', '.join(map(number_text, kappas))}" if kappas else title


def base_text(name: str | None, differences: Mapping[str, Sequence]) -> str:
    """Return a sentence on the networks of pass 0 of a search, empty where no feature set has its inputs.

    Parameters
    ----------
    name
        The feature set with the inputs of the base, if there is one.
    differences
        As of `leptonid.study.classifiers.differences_of_base`.
    """
    if name is None:
        return ""
    if not differences:
        return f"Pass 0 is the network {name} of the study."
    listed = ", ".join(
        f"{key} {_setting(own)}, not {_setting(other)}" for key, (own, other) in differences.items()
    )
    return f"Pass 0 is not the network {name} of the study, as it has {listed}."


def _setting(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def distinct(titles: Mapping[str, str], given: Iterable[str] = ()) -> dict[str, str]:
    """Return titles by name, with the name in brackets where two titles are alike.

    Those of the names in `given` were chosen by the user and stay.
    """
    counts = Counter(titles.values())
    return {
        name: f"{title} ({name})" if counts[title] > 1 and name not in given else title
        for name, title in titles.items()
    }


def _flat_title(entry: Input, layout: Layout) -> str:
    if entry.kind == GROUP:
        return layout.groups[entry.name].title
    if entry.kind == SCALAR_GROUP:
        return f"{layout.image_of(entry.calorimeter).title} scalars"
    if entry.kind == SCALAR:
        return scalar_title(layout.image_of(entry.calorimeter).title, entry.name)
    return KINEMATIC_TITLES.get(entry.name, entry.name)


def change_title(change: Mapping) -> str:
    """Return an entry of evaluate.variations.changes in words."""
    parts = []
    if "shift" in change:
        eta, phi = change["shift"]
        parts.append(f"energy moved by {eta:g} cells in eta and {phi:g} in phi")
    if "scale" in change:
        parts.append(f"energy of cells times {change['scale']:g}")
    if "smear" in change:
        parts.append(f"cells smeared by {100 * change['smear']:g} %")
    if "threshold" in change:
        parts.append(f"cells below {change['threshold']:g} left out")
    images = f" (of {', '.join(change['images'])} only)" if "images" in change else ""
    return ", ".join(parts) + images
