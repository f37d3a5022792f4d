"""The default config in another layout, whose own feature sets and searches replace what it cannot feed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leptonid.study.config_schema import efp_calorimeters, read_default_config
from leptonid.study.features import are_known
from leptonid.study.layout import Layout
from leptonid.study.starter import starter_study


@dataclass(frozen=True)
class Overlaid:
    """What overlays say of feature sets that are made for a layout.

    `changes` are entries without inputs, by name; `dropped` the names that are null.
    """

    changes: Mapping[str, Mapping]
    dropped: Collection[str]


def take_changes(config: Mapping) -> dict[str, dict]:
    """Take the feature sets without inputs out of a config that is not checked, if it has another layout."""
    data, train = config.get("data"), config.get("train")
    if not isinstance(data, dict) or data.get("layout") == read_default_config()["data"]["layout"]:
        return {}
    features = train.get("features") if isinstance(train, dict) else None
    if not isinstance(features, dict):
        return {}
    names = [name for name, entry in features.items() if isinstance(entry, dict) and "inputs" not in entry]
    return {name: features.pop(name) for name in names}


def fit_to_layout(config: dict, layout: Layout, overlaid: Overlaid, missing: Collection[str]) -> list[str]:
    """Replace what the default config asks of a sample in another layout; return the feature sets that go.

    Only entries that stand as in the default config go: what a user wrote is checked like any other.

    Parameters
    ----------
    missing
        Groups of the layout that no file has; no feature set that is made here needs them.
    """
    default = read_default_config()
    if config["data"]["layout"] == default["data"]["layout"]:
        return []
    for name, override in default["efp"]["overrides"].items():
        if name not in layout.calorimeters and config["efp"]["overrides"].get(name) == override:
            del config["efp"]["overrides"][name]
    calorimeters = efp_calorimeters(config["efp"], layout)
    possible = starter_study(layout, default, layout.calorimeters)["features"]
    held = layout.without(missing).without_kinematics(missing)
    starter = starter_study(held, default, [name for name in calorimeters if name in held.calorimeters])
    gone = sorted(possible.keys() - starter["features"].keys())
    gone += _replace_features(config["train"], default, layout, starter["features"], overlaid)
    _fit_searches(config["search"], default, layout, starter, config["train"]["features"])
    if config["figures"]["reference"] in gone:
        known = starter["reference"] in config["train"]["features"]
        config["figures"]["reference"] = starter["reference"] if known else None
    return gone


def _replace_features(
    train: dict, default: Mapping, layout: Layout, starter: Mapping, overlaid: Overlaid
) -> list[str]:
    """Replace the feature sets of the default config, if none can be fed; return those that go."""
    features, changes, gone = train["features"], dict(overlaid.changes), []
    for name, network in default["train"]["features"].items():
        own = features.get(name, {})
        if own.get("inputs") != network["inputs"] or are_known(network["inputs"], layout.contents):
            continue
        if own == network:
            gone.append(name)
            del features[name]
        elif name in starter:
            changes[name] = {key: value for key, value in own.items() if network.get(key) != value}
            del features[name]
    kept = any(
        features.get(name, {}).get("inputs") == network["inputs"]
        for name, network in default["train"]["features"].items()
    )
    made = {} if kept else dict(starter)
    for name, change in changes.items():
        # An entry that changes nothing is checked as it stands.
        entries = made if name in made else features
        merged = {**entries.get(name, {}), **change}
        entries[name] = {key: value for key, value in merged.items() if value is not None}
    dropped = [name for name in made if name in overlaid.dropped]
    for name in dropped:
        del made[name]
    train["features"] = made | features
    return [*gone, *dropped]


def _fit_searches(
    search: dict, default: Mapping, layout: Layout, starter: Mapping, features: Mapping
) -> None:
    """Let the searches of the default config explain the best network of the layout, if there is one."""
    for key in ("black_box", "base"):
        known = search[key] in features if key == "black_box" else are_known(search[key], layout.contents)
        if search[key] == default["search"][key] and not known:
            search[key] = starter[key]
    unchanged = {
        name for name, own in search["searches"].items() if own == default["search"]["searches"].get(name)
    }
    for name in sorted(unchanged):
        own = search["searches"][name]
        if not are_known(own.get("base", ()), layout.contents):
            if starter["kinematic_base"]:
                search["searches"][name] = {**own, "base": starter["kinematic_base"]}
            else:
                del search["searches"][name]
                unchanged.remove(name)
    if search["black_box"] is None:
        for name in unchanged:
            del search["searches"][name]
        search["black_box"] = next(iter(features))
