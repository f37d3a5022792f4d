"""The feature sets and the search of a layout that the config says nothing about."""

from collections.abc import Mapping, Sequence

from leptonid.study.features import ALL_EFPS
from leptonid.study.layout import Layout

# Of EFPs among the inputs: more edges make no better classifiers of the default sample (docs/efp.md).
EFP_LIMIT = "d<=3"


def starter_study(layout: Layout, default: Mapping, calorimeters: Sequence[str]) -> dict:
    """Return feature sets with the networks of the default config, and what searches start from.

    One feature set per image and per group of variables that files hold, all images, the first two groups,
    the first group with pT and eta, all images with the first group, EFPs alone and with the first group: for
    the default layout these are the feature sets of the default config, but for those that name a kind.

    Parameters
    ----------
    default
        The default config.
    calorimeters
        Those whose EFPs are computed.

    Returns
    -------
    `features`; `black_box` (None where there is nothing to explain), `base`, `kinematic_base` (None where the
    layout has no variables or neither pT nor eta) and `reference`.
    """
    images = list(layout.images)
    groups = [name for name, group in layout.groups.items() if not group.computed]
    efps = [f"{ALL_EFPS}{calorimeter}/{EFP_LIMIT}" for calorimeter in calorimeters]
    sets = {name: [name] for name in [*images, *groups]}
    all_images = "_and_".join(images)
    if len(images) > 1:
        sets[all_images] = images
    if len(groups) > 1:
        sets["_and_".join(groups[:2])] = groups[:2]
    base = groups[:1]
    kinematic_base = [*base, *layout.kinematics] if base and layout.kinematics else None
    if kinematic_base:
        sets[f"{groups[0]}_and_kinematics"] = kinematic_base
    if images and groups:
        sets[f"{all_images}_and_{groups[0]}"] = [*images, groups[0]]
    if efps:
        sets["efp"] = efps
    if efps and groups:
        sets[f"{groups[0]}_and_efp"] = [groups[0], *efps]
    networks = [network for network in default["train"]["features"].values() if "kind" not in network]
    templates = {
        with_images: next(network for network in networks if ("blocks" in network) == with_images)
        for with_images in (True, False)
    }
    features = {
        name: {**templates[bool(set(inputs) & set(images))], "inputs": inputs}
        for name, inputs in sets.items()
    }
    return {
        "features": features,
        "black_box": all_images if images else None,
        "base": base,
        "kinematic_base": kinematic_base,
        "reference": base[0] if base else None,
    }
